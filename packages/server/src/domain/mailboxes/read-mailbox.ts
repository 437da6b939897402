import {
  ChatError,
  type Cursor,
  type ErrorCode,
  type QueueRecord,
  type UserName,
} from '@secure-chat/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { MessageQueue, QueuePage } from '../../ports/index.ts'
import type { LiveConnections } from '../streams/live-connections.ts'

export interface PageRequest {
  readonly user: UserName
  readonly sidHash: string
  /** From the earliest record when left out. */
  readonly after: Cursor | undefined
  readonly limit: number
  /** How long to wait for something to come when there is nothing. */
  readonly waitMs: number
  /** Aborts when the client went away. */
  readonly signal: AbortSignal
}

export interface MailboxPage {
  readonly messages: readonly QueueRecord[]
  readonly next: Cursor
  readonly more: boolean
}

/** Reads a page of the user's own mailbox; nothing is consumed. Throws `bad_cursor`, `cursor_expired` (member `resume`), `queue_unavailable`. */
export type ReadMailbox = (request: PageRequest) => Promise<MailboxPage>

/** A page of a thousand messages of full size would be 192 MiB: `more` tells that the rest waits. */
const pageMaxBytes = 4 * 1024 * 1024

export function makeReadMailbox({
  queue,
  clock,
  waiting,
}: {
  readonly queue: MessageQueue
  readonly clock: Clock
  readonly waiting: LiveConnections
}): ReadMailbox {
  function read({ user, limit }: PageRequest, after: Cursor | undefined): Promise<QueuePage> {
    return queue.read(user, { ...(after && { after }), limit, maxBytes: pageMaxBytes })
  }

  return async (request) => {
    if (request.waitMs === 0) return pageOf(await read(request, request.after))
    const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<
      ErrorCode | undefined
    >()
    const { user, sidHash } = request
    const connection = {
      user,
      sidHash,
      onSessionEnded: interrupt,
      onShutdown: () => interrupt(undefined),
    }
    // Before the first await: a session that ends while the page is read ends the call too.
    waiting.add(connection)
    try {
      const page = await read(request, request.after)
      if (page.items.length > 0 || request.signal.aborted) return pageOf(page)
      const code = await Promise.race([
        interrupted,
        somethingNew({ queue, clock, after: page.next, request, stopped: interrupted }),
      ])
      if (code !== undefined) throw new ChatError(code)
      return pageOf(await read(request, page.next))
    } finally {
      interrupt(undefined)
      waiting.remove(connection)
    }
  }
}

/** Resolves when a record came, the time is over, the client went away, or the call is over for another reason. */
async function somethingNew({
  queue,
  clock,
  after,
  request,
  stopped,
}: {
  readonly queue: Pick<MessageQueue, 'tail'>
  readonly clock: Clock
  readonly after: Cursor
  readonly request: PageRequest
  readonly stopped: Promise<unknown>
}): Promise<undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const done = () => resolve(undefined)
  const cancelTimer = clock.setTimeout(done, request.waitMs)
  request.signal.addEventListener('abort', done, { once: true })
  // An expired cursor is told by the read that follows.
  const tail = queue.tail(request.user, after, { onItem: done, onExpired: done, onError: reject })
  stopped.then(done)
  try {
    return await promise
  } finally {
    tail.close()
    cancelTimer()
    request.signal.removeEventListener('abort', done)
  }
}

function pageOf({ items, next, more }: QueuePage): MailboxPage {
  return { messages: items.map(({ record }) => record), next, more }
}
