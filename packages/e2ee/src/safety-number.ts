import { createHash } from 'node:crypto'
import type { UserName } from '@secure-chat/protocol'

const iterations = 5200
const groupBytes = 5
const groups = 6

/**
 * The 60 digits two users compare to know that nobody sits between them: the same for both, made of
 * both names and keys. The 5,200 rounds (as Signal's numeric fingerprints) make it costly to search
 * for a key whose number looks alike. About 15 ms.
 */
export function safetyNumber(
  a: { name: UserName; spki: Uint8Array },
  b: { name: UserName; spki: Uint8Array },
): string {
  return [safetyHalf(a.name, a.spki), safetyHalf(b.name, b.spki)].sort().join('')
}

/** The 60 digits as people read them aloud: 12 groups of 5. */
export function formatSafetyNumber(digits: string): string {
  return (digits.match(/.{5}/g) ?? []).join(' ')
}

/** One user's 30 digits. */
export function safetyHalf(name: UserName, spki: Uint8Array): string {
  let hash: Uint8Array = Buffer.concat([Buffer.alloc(2), spki, Buffer.from(name)])
  for (let round = 0; round < iterations; round += 1) {
    hash = createHash('sha512').update(hash).update(spki).digest()
  }
  const bytes = Buffer.from(hash)
  return Array.from({ length: groups }, (_, group) =>
    String(bytes.readUIntBE(group * groupBytes, groupBytes) % 100_000).padStart(5, '0'),
  ).join('')
}
