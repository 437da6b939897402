import { printable } from '@secure-chat/protocol'

/** A value of others in a sentence: a text as it is written, of anything else its type. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(printable(value, 80)) : typeof value
}
