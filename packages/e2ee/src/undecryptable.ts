import { ChatError } from '@secure-chat/protocol'

/**
 * The one error for everything that cannot be opened. It says no more, on purpose: a reason per
 * cause (padding, tag, signature, member) is what decryption oracles are made of. It keeps no
 * `cause` for the same reason.
 */
export function undecryptable(reason?: 'repeat' | 'attack'): ChatError {
  if (reason === 'repeat') {
    return new ChatError('undecryptable', 'This was already opened; it is ignored.', {
      members: { reason },
    })
  }
  if (reason === 'attack') {
    return new ChatError(
      'undecryptable',
      'A second, different message came under a number that was already used. Somebody between you and the sender made it; compare safety numbers.',
      { members: { reason } },
    )
  }
  return new ChatError(
    'undecryptable',
    'This could not be opened with the keys at hand. It is kept and tried again when a key arrives.',
  )
}
