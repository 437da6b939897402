import type { Trust } from '@secure-chat/client'
import type { Style } from '../output/style.ts'

/** Colour beside the word, never instead of it. */
export function paintTrust(text: string, trust: Trust | 'own', style: Style): string {
  if (trust === 'verified') return style.good(text)
  return trust === 'changed' ? style.bad(text) : text
}

export function paintPresence(text: string, isOnline: boolean, style: Style): string {
  return isOnline ? style.good(text) : style.dim(text)
}
