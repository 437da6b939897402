import {
  type Cursor,
  isChatError,
  type QueueItem,
  type ServerContext,
  type TailSink,
  type UserName,
} from '@secure-chat/plugin-sdk/server'

/** Where a tail goes on: a cursor not looked at yet, then an offset in a topic. */
export type Place =
  | { readonly kind: 'cursor'; readonly cursor: Cursor }
  | { readonly kind: 'offset'; readonly topicId: string; offset: number }

/** One tail. */
export interface Following {
  readonly user: UserName
  readonly sink: TailSink
  place: Place
  /** `reading` in turns; `live`: from the polls; `ended`: by the queue; `closed`: by its owner. */
  state: 'reading' | 'live' | 'paused' | 'ended' | 'closed'
  /** Counts changes of state: what was begun under another is void. */
  turn: number
  /** In a row, of reading. */
  failures: number
}

export function isOver({ state }: Following): boolean {
  return state === 'ended' || state === 'closed'
}

/** The offset a tail goes on from; -1 while its cursor was not looked at. */
export function offsetOf({ place }: Following): number {
  return place.kind === 'offset' ? place.offset : -1
}

export function moveTo({ place }: Following, offset: number): void {
  if (place.kind === 'offset') place.offset = offset
}

/** A sink that throws ends its own tail and no other's. */
export function give(
  tail: Following,
  item: QueueItem,
  end: (tail: Following, error: unknown) => void,
): void {
  try {
    tail.sink.onItem(item)
  } catch (error) {
    end(tail, error)
  }
}

/** The last word, from an empty stack, so that a sink is never entered while it runs. */
export function tellEnd(tail: Following, error: unknown, log: ServerContext['log']): void {
  queueMicrotask(() => {
    if (tail.state === 'closed') return
    try {
      const resume = isChatError(error, 'cursor_expired') ? error.members.resume : undefined
      if (resume === undefined) tail.sink.onError(error)
      else tail.sink.onExpired(resume as Cursor)
    } catch (thrown) {
      log.error({ err: thrown }, 'the consumer of a mailbox failed at the end of its tail')
    }
  })
}
