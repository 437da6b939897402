import { hash } from 'node:crypto'

/**
 * The id of a message that came without one: a UUID (version 8, RFC 9562 section 5.8) of sid and nonce of the
 * call's proof, so that a call replayed to another node gets the same id and receivers drop the repeat.
 * The hash keeps the sid out of what is stored.
 */
export function derivedId({
  sid,
  nonce,
}: {
  readonly sid: string
  readonly nonce: string
}): string {
  const hex = hash('sha256', `secure-chat/1 message id\n${sid}\n${nonce}`, 'hex')
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) & 3)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
