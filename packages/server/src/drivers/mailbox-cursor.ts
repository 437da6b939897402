import { ChatError, type Cursor, fromBase64Url } from '@secure-chat/protocol'

/** Random bytes of a mailbox that its cursors carry. */
export const tagBytes = 6

const version = 1
const cursorBytes = 1 + tagBytes + 6

/**
 * A place in one mailbox as opaque text: base64url of version (1 byte), the mailbox's tag (6), and the offset of
 * the next record (6, big-endian). It holds no secret and grants nothing: it only picks a place in the mailbox
 * whose owner is asking, so it needs no signature.
 */
export function formatCursor(tag: Uint8Array, offset: number): Cursor {
  const bytes = Buffer.allocUnsafe(cursorBytes)
  bytes[0] = version
  bytes.set(tag, 1)
  bytes.writeUIntBE(offset, 1 + tagBytes, 6)
  return bytes.toString('base64url') as Cursor
}

/** @throws ChatError `bad_cursor` for anything but a cursor of the mailbox with this tag. */
export function parseCursorOf(tag: Uint8Array, cursor: Cursor): number {
  const bytes = typeof cursor === 'string' ? fromBase64Url(cursor) : undefined
  if (
    bytes?.length !== cursorBytes ||
    bytes[0] !== version ||
    bytes.compare(tag, 0, tagBytes, 1, 1 + tagBytes) !== 0
  ) {
    throw badCursor()
  }
  return bytes.readUIntBE(1 + tagBytes, 6)
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
