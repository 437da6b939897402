import { type Cursor, isChatError, type QueueRecord, type UserName } from '@secure-chat/protocol'
import type { MessageQueue, QueuePage } from '../ports/index.ts'

/** A mailbox from its earliest record to its end, in pages of bounded size. */
export interface RecordReader {
  /** The next record; undefined at the end. */
  take(): Promise<QueueRecord | undefined>
  /** The next few, as many as were read together; none at the end. */
  takeSome(): Promise<readonly QueueRecord[]>
}

/** Many mailboxes are read at once, and none of them may fill the memory; far below the largest batch of a broker. */
const page = { limit: 500, maxBytes: 256 * 1024 }

export function makeRecordReader(
  queue: MessageQueue,
  user: UserName,
  signal: AbortSignal,
): RecordReader {
  let after: Cursor | undefined
  let more = true
  let waiting: QueueRecord[] = []

  async function readPage(): Promise<QueuePage> {
    for (;;) {
      signal.throwIfAborted()
      try {
        return await queue.read(user, { ...page, ...(after && { after }) })
      } catch (error) {
        // The engine's own retention has overtaken the reader: what is gone is gone on this side.
        if (!isChatError(error, 'cursor_expired')) throw error
        after = error.members.resume as Cursor
      }
    }
  }

  async function fill(): Promise<void> {
    while (waiting.length === 0 && more) {
      const found = await readPage()
      after = found.next
      more = found.more
      waiting = found.items.map((item) => item.record)
    }
  }

  return {
    async take() {
      await fill()
      return waiting.shift()
    },
    async takeSome() {
      await fill()
      const some = waiting
      waiting = []
      return some
    },
  }
}
