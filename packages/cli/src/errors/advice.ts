import type { ErrorCode } from '@secure-chat/protocol/errors'

/** What to type next when the error itself does not say: by code, commands first. */
export const advice: Partial<Record<ErrorCode, readonly string[]>> = {
  bad_credentials: ['Check the name and the password, then try again.'],
  token_invalid: ['The session has ended. Sign in again: secure-chat login NAME'],
  session_key_exposed: ['secure-chat login NAME'],
  token_stale: [
    'Set the clock of this computer, then try again. secure-chat doctor shows how far it is off.',
  ],
  clock_off: [
    'Set the clock of this computer, then try again. secure-chat doctor shows how far it is off.',
  ],
  no_such_user: ['secure-chat users'],
  no_such_session: ['secure-chat sessions'],
  name_taken: ['Choose another name, or sign in if it is yours: secure-chat login NAME'],
  registration_closed: ['Ask the operator of the server for an account.'],
  key_changed: ['secure-chat keys show NAME', 'secure-chat keys trust NAME'],
  key_not_trusted: [
    'secure-chat keys show NAME',
    'secure-chat keys verify NAME',
    'secure-chat keys trust NAME',
  ],
  network_unreachable: [
    'Is the server running, and is its address right? secure-chat doctor',
    'Another address: --server URL',
  ],
  timeout: ['Try again, or wait longer: secure-chat config set answer-timeout 60'],
  bad_answer: ['Is this the address of a secure-chat server? secure-chat doctor'],
  insecure_server: ['Use https://, or, on a network you trust, add --insecure'],
  not_signed_in: ['secure-chat login NAME', 'No account yet? secure-chat register NAME'],
  no_private_key: ['secure-chat keys import FILE', 'secure-chat login NAME --recover'],
  vault_locked: ['secure-chat login NAME', 'In a script: SECURE_CHAT_PASSPHRASE_FILE=FILE'],
  wrong_passphrase: [
    'Try again. The passphrase is the password of the account unless you set another.',
  ],
  weak_password: ['Choose a longer password: several words are good.'],
  disk_full: ['Make room on the disk, then try again. Nothing was lost.'],
  usage: ['secure-chat help'],
  queue_unavailable: ['Try again in a moment.'],
  database_unavailable: ['Try again in a moment.'],
  busy: ['Try again in a moment.'],
  shutting_down: ['Try again in a moment.'],
}
