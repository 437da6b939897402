import { type Cursor, type ErrorCode, isChatError, type UserName } from '@secure-chat/protocol'
import type { Clock, Log, MessageQueue, QueueItem, QueuePage, Tail } from '../../ports/index.ts'
import type { LiveConnection } from './live-connections.ts'
import { commentText, endText, messageText, resyncText, retryText } from './stream-events.ts'
import type { StreamOutput } from './stream-output.ts'

/** One open stream: first what is in the mailbox behind the cursor, then what comes. */
export interface StreamConnection extends LiveConnection {
  /** Which second of the 15 its comment goes out, so that 2,000 streams do not write in one tick. */
  readonly slot: number
  /** Goes on behind the cursor; `first` is the page that was read there already. */
  start(after: Cursor, first: QueuePage | undefined): Promise<void>
  /** A text for this stream that is no place in the mailbox. */
  push(text: string): void
  beat(): void
  /** Lets go of the tail; nothing is written afterwards. */
  close(): void
}

/** History is read in pieces of this size, each only when the consumer took the one before. */
const historyPage = { limit: 200, maxBytes: 256 * 1024 }
/** A burst may be more than the bound for a moment; who has not taken it by then does not read. */
const fullGraceMs = 2000
/** The end of the sessions of a removed account reaches every node within two seconds. */
const goneGraceMs = 3000

export function makeStreamConnection({
  user,
  sidHash,
  slot,
  queue,
  output,
  clock,
  log,
  retryMs,
}: {
  readonly user: UserName
  readonly sidHash: string
  readonly slot: number
  readonly queue: Pick<MessageQueue, 'read' | 'tail'>
  readonly output: StreamOutput
  readonly clock: Pick<Clock, 'setTimeout'>
  readonly log: Log
  readonly retryMs: () => number
}): StreamConnection {
  let tail: Tail | undefined
  let isOver = false

  /** Everything that is there, at the pace of the consumer; then the queue's tail, which begins where this ended. */
  async function catchUp(after: Cursor, first: QueuePage | undefined): Promise<void> {
    let page = first ?? (await queue.read(user, { after, ...historyPage }))
    for (;;) {
      if (isOver) return
      for (const item of page.items) output.push(messageText(item))
      if (!page.more) break
      await output.room()
      page = await queue.read(user, { after: page.next, ...historyPage })
    }
    tail = queue.tail(user, page.next, { onItem, onExpired: resync, onError: fail })
  }

  function onItem(item: QueueItem): void {
    if (isOver) return
    output.push(messageText(item))
    if (output.isFull()) void pauseUntilRoom()
  }

  async function pauseUntilRoom(): Promise<void> {
    tail?.pause()
    const cancel = clock.setTimeout(drop, fullGraceMs)
    await output.room()
    cancel()
    if (!isOver) tail?.resume()
  }

  async function start(after: Cursor, first: QueuePage | undefined): Promise<void> {
    try {
      await catchUp(after, first)
    } catch (error) {
      const resume = resumeOf(error)
      if (resume === undefined) fail(error)
      else resync(resume)
    }
  }

  /** Retention overtook a slow consumer: it is told, and the stream goes on from what is still kept. */
  function resync(resume: Cursor): void {
    if (isOver) return
    tail?.close()
    output.push(resyncText(resume))
    void start(resume, undefined)
  }

  function fail(error: unknown): void {
    if (isOver) return
    if (isChatError(error, 'no_such_user')) {
      // The mailbox goes with the account, and the end of its sessions tells the client more. Where the account is
      // still there, somebody took the mailbox alone: the client comes back, and a new one is made for it.
      clock.setTimeout(() => endWith(retryText(retryMs())), goneGraceMs)
      return
    }
    log.warn({ err: error }, 'a stream ended because the queue failed')
    endWith(retryText(retryMs()))
  }

  function endWith(text: string): void {
    if (isOver) return
    close()
    output.end(text)
  }

  function drop(): void {
    close()
    output.destroy()
  }

  function close(): void {
    isOver = true
    tail?.close()
  }

  return {
    user,
    sidHash,
    slot,
    start,
    push(text) {
      // What is no place in the mailbox need not be kept for who does not read.
      if (!isOver && !output.isFull()) output.push(text)
    },
    beat() {
      if (!isOver && !output.beat(commentText)) drop()
    },
    onSessionEnded: (code: ErrorCode) => endWith(endText(code)),
    onShutdown: () => endWith(retryText(retryMs())),
    close,
  }
}

function resumeOf(error: unknown): Cursor | undefined {
  if (!isChatError(error, 'cursor_expired')) return undefined
  const { resume } = error.members
  return typeof resume === 'string' ? (resume as Cursor) : undefined
}
