import { ChatError, type Cursor } from '@secure-chat/plugin-sdk/server'

/** So many bytes of the topic's id are in a cursor. */
const tagBytes = 6
const version = 1
const cursorBytes = 1 + tagBytes + 6

/**
 * A place in one mailbox, byte for byte as the server's own Kafka driver writes it, so that clients keep their places
 * when the driver is changed: base64url of version (1 byte), the first bytes of the topic's id (6), and the offset of
 * the next record (6, big-endian).
 */
export function formatCursor(topicId: string, offset: number): Cursor {
  const bytes = Buffer.alloc(cursorBytes)
  bytes[0] = version
  bytes.write(topicId.slice(0, 2 * tagBytes), 1, 'hex')
  bytes.writeUIntBE(offset, 1 + tagBytes, 6)
  return bytes.toString('base64url') as Cursor
}

/** Undefined for anything but a cursor of the topic with this id. */
export function offsetIn(topicId: string, cursor: Cursor): number | undefined {
  const bytes = Buffer.from(String(cursor), 'base64url')
  const isOurs =
    bytes.length === cursorBytes &&
    bytes[0] === version &&
    bytes.toString('base64url') === cursor &&
    bytes.toString('hex', 1, 1 + tagBytes) === topicId.slice(0, 2 * tagBytes)
  return isOurs ? bytes.readUIntBE(1 + tagBytes, 6) : undefined
}

export function badCursor(): ChatError {
  return new ChatError(
    'bad_cursor',
    'This cursor was not given out for this mailbox. Read from the start, without a cursor.',
  )
}

export function cursorExpired(resume: Cursor): ChatError {
  return new ChatError(
    'cursor_expired',
    'Messages behind this cursor were removed by retention. Go on from the cursor in "resume".',
    { members: { resume } },
  )
}

export function mailboxRemoved(user: string): ChatError {
  return new ChatError('no_such_user', `The mailbox of ${user} was removed with its account.`)
}
