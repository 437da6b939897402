import { type Cursor, isChatError, type UserName } from '@secure-chat/protocol'
import type { Log, QueueItem, TailSink } from '../../../ports/index.ts'
import { asUnavailable } from '../failure.ts'

/** What tails need to know of a mailbox. Made again under its name, it is another one. */
export interface MailboxIdentity {
  readonly id: string
  /** Of its cursors. */
  readonly tag: Uint8Array
}

/** Where a tail goes on: a cursor not looked at yet, then an offset in a mailbox. */
export type TailPlace =
  | { readonly kind: 'cursor'; readonly cursor: Cursor }
  | { readonly kind: 'offset'; readonly mailboxId: string; offset: number }

/** One tail. */
export type Following = {
  readonly user: UserName
  readonly sink: TailSink
  place: TailPlace
  /** `reading` from the mailbox, in turns; `live`: from the fetch session; `ended`: by the queue; `closed`: by its owner. */
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

/** Hands an item to a sink, never from inside it. A sink that throws ends its own tail and no other's. */
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

/** The last word, from an empty stack, so a sink is never entered while it runs. The tail is in state `ended`. */
export function tellEnd(tail: Following, error: unknown, log: Log): void {
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

/** Worth another try: the engine's trouble, as opposed to an answer about the mailbox. */
export function isWorthAnotherTry(error: unknown): boolean {
  return isChatError(asUnavailable(error), 'queue_unavailable')
}
