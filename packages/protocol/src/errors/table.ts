type Row = { readonly status: number | null; readonly exit: number; readonly title: string }

/**
 * Every code there is: its HTTP status (null: it arises on the client and never crosses the wire),
 * the CLI's exit code, and one sentence for people. `docs/errors.md` says the same; a test compares them.
 */
export const errorTable = {
  invalid_json: row(400, 1, 'The body is not valid JSON.'),
  bad_cursor: row(400, 1, 'This is not a cursor of this mailbox.'),
  token_misplaced: row(400, 1, 'The token belongs in the Authorization header, nowhere else.'),

  bad_credentials: row(401, 4, 'Name or password is wrong.'),
  token_missing: row(401, 4, 'This call needs a session proof.'),
  token_invalid: row(401, 4, 'The session proof does not hold.'),
  token_stale: row(401, 4, 'The time in the session proof is too far from the time of the server.'),
  token_replayed: row(401, 4, 'This session proof was used before.'),
  session_key_exposed: row(
    401,
    4,
    'A bare session key was sent, so its session was ended. Sign in again.',
  ),

  not_yours: row(403, 1, 'This belongs to another user.'),
  not_accepted: row(403, 1, 'The recipient does not accept this.'),
  registration_closed: row(403, 1, 'This server takes no new registrations.'),
  account_suspended: row(403, 4, 'This account is suspended. Ask the operator of the server.'),

  not_found: row(404, 7, 'There is nothing at this address.'),
  no_such_user: row(404, 7, 'There is no user of this name.'),
  no_such_session: row(404, 7, 'There is no such session of yours.'),

  method_not_allowed: row(405, 1, 'This address does not take this method.'),

  name_taken: row(409, 1, 'This name is taken.'),
  id_reused: row(409, 1, 'This id was used before with another content.'),
  key_changed: row(409, 5, 'The public key of the recipient has changed.'),

  cursor_expired: row(410, 1, 'What followed this cursor is no longer kept.'),

  too_large: row(413, 1, 'The body is too large.'),
  unsupported_media_type: row(415, 1, 'This media type or content encoding is not taken here.'),
  headers_too_large: row(431, 1, 'The header fields are too large.'),

  invalid_request: row(422, 1, 'The request is not valid.'),
  name_reserved: row(422, 1, 'This name is reserved.'),
  weak_key: row(422, 1, 'The public key is not an RSA key of 2048 to 8192 bits with e = 65537.'),
  weak_password: row(422, 1, 'The password is too easy to guess.'),
  bad_proof: row(422, 1, 'The key-change proof does not hold.'),
  rejected_by_plugin: row(422, 1, 'A rule of this server refused it.'),

  rate_limited: row(429, 6, 'Too many calls. Wait before the next one.'),

  internal: row(500, 1, 'The server failed at this call.'),

  queue_unavailable: row(503, 3, 'The message queue does not answer.'),
  database_unavailable: row(503, 3, 'The user database does not answer.'),
  plugin_failed: row(503, 3, 'A rule of this server could not be checked.'),
  busy: row(503, 3, 'The server has too much to do right now.'),
  shutting_down: row(503, 3, 'The server is shutting down.'),

  usage: row(null, 2, 'The command was not understood.'),
  input_needed: row(null, 2, 'Something is missing that cannot be asked for here.'),
  network_unreachable: row(null, 3, 'The server cannot be reached.'),
  timeout: row(null, 3, 'The server did not answer in time.'),
  bad_answer: row(null, 3, 'The answer of the server was not understood.'),
  insecure_server: row(null, 3, 'The server would be called without encryption.'),
  not_signed_in: row(null, 4, 'You are not signed in.'),
  no_private_key: row(null, 4, 'The private key of this account is not on this device.'),
  wrong_passphrase: row(null, 4, 'The passphrase is wrong.'),
  vault_locked: row(null, 4, 'The vault is locked.'),
  key_not_trusted: row(null, 5, 'The key of this contact has changed and is not trusted yet.'),
  downgrade: row(null, 5, 'The contact went back to an older protocol version under the same key.'),
  partly_done: row(null, 8, 'It worked for some, not for all.'),
  interrupted: row(null, 130, 'Interrupted.'),
  clock_off: row(null, 1, 'The clock of this device is wrong.'),
  disk_full: row(null, 1, 'There is no space left on the disk.'),
  file_damaged: row(null, 1, 'A data file is damaged.'),
  file_unreadable: row(null, 1, 'A file cannot be read or written.'),
  unsafe_permissions: row(null, 1, 'A private file can be read by others.'),
  invalid_key_file: row(null, 1, 'This file holds no usable RSA private key.'),
  undecryptable: row(null, 1, 'This cannot be decrypted.'),
  config_invalid: row(null, 1, 'The configuration is not valid.'),
  plugin_error: row(null, 1, 'A plugin failed.'),
} satisfies Record<string, Row>

/** The stable name of an error: what callers test, never the message. */
export type ErrorCode = keyof typeof errorTable

/** Is it a code of the table? Inherited names such as `constructor` are not. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorTable, code)
}

function row(status: number | null, exit: number, title: string): Row {
  return { status, exit, title }
}
