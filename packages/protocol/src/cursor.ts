import type { $brand } from 'zod'
import { ChatError } from './errors/index.ts'

/** A place in a mailbox, opaque to all but the queue that gave it. */
export type Cursor = string & $brand<'Cursor'>

/** Fits into a query and into the `id:` of a server-sent event. */
export const cursorPattern = /^[\x21-\x7e]{1,256}$/

/** @throws ChatError `bad_cursor` */
export function parseCursor(raw: unknown): Cursor {
  if (typeof raw !== 'string' || !cursorPattern.test(raw)) throw new ChatError('bad_cursor')
  return raw as Cursor
}
