import { ChatError, type Cursor, isChatError, type UserName } from '@secure-chat/protocol'
import type { Log, QueueItem, Tail, TailSink } from '../../../ports/index.ts'
import { cursorExpired, formatCursor, parseCursorOf } from '../../mailbox-cursor.ts'
import { asUnavailable } from '../failure.ts'
import type { Committed } from './append.ts'
import type { Mailbox } from './mailboxes.ts'
import { placeOf, type ReadPage } from './pages.ts'

export interface Tails {
  open(user: UserName, after: Cursor, sink: TailSink): Tail
  /** Hands a commit to the tails that have caught up, and ends those of removed mailboxes. */
  deliver(committed: readonly Committed[]): void
  /** Lets the tails that have caught up look into the table again. */
  readAgain(): void
  /** Ends every tail with this error, and every one opened later. */
  endAll(error: ChatError): void
}

type Following = {
  readonly user: UserName
  readonly sink: TailSink
  /** Where to go on: a cursor not looked at yet, then offsets. */
  place: { cursor: Cursor } | number
  /** `reading` from the table, in turns; `live`: straight from commits; `ended`: by the queue; `closed`: by its owner. */
  state: 'reading' | 'live' | 'paused' | 'ended' | 'closed'
}

/** What one tail gets from the table in one turn, and how many turns fit in one tick of the event loop. */
const turn = { limit: 64, maxBytes: 128 * 1024 }
const turnsPerTick = 8

export function makeTails(o: {
  readonly obtain: (user: UserName) => Mailbox
  readonly readPage: ReadPage
  readonly log: Log
}): Tails {
  const byUser = new Map<UserName, Set<Following>>()
  /** Tails in state `reading`, in the order of their turns. */
  const turns = new Set<Following>()
  let isScheduled = false
  let over: ChatError | undefined

  function schedule(): void {
    if (isScheduled || turns.size === 0) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      for (const tail of [...turns].slice(0, turnsPerTick)) {
        turns.delete(tail)
        if (tail.state === 'reading') takeTurn(tail)
      }
      schedule()
    })
  }

  function awaitTurn(tail: Following): void {
    tail.state = 'reading'
    turns.add(tail)
    schedule()
  }

  function takeTurn(tail: Following): void {
    try {
      if (over) throw over
      const mailbox = o.obtain(tail.user)
      const from = typeof tail.place === 'number' ? tail.place : placeOf(mailbox, tail.place.cursor)
      if (from < mailbox.first) throw cursorExpired(formatCursor(mailbox.tag, mailbox.first))
      tail.place = from
      const page = o.readPage(mailbox, from, turn)
      for (const item of page.items) {
        give(tail, item)
        tail.place = parseCursorOf(mailbox.tag, item.cursor)
        if (tail.state !== 'reading') return
      }
      if (page.more) awaitTurn(tail)
      else tail.state = 'live'
    } catch (error) {
      endWith(tail, error)
    }
  }

  /** A sink that throws ends its own tail and no other's, and never the commit that it hears of. */
  function give(tail: Following, item: QueueItem): void {
    try {
      tail.sink.onItem(item)
    } catch (error) {
      endWith(tail, error)
    }
  }

  function remove(tail: Following): void {
    turns.delete(tail)
    const tails = byUser.get(tail.user)
    tails?.delete(tail)
    if (tails?.size === 0) byUser.delete(tail.user)
  }

  /** The last word comes from an empty stack, so a sink is never entered while it runs. */
  function endWith(tail: Following, error: unknown): void {
    if (tail.state === 'ended' || tail.state === 'closed') return
    tail.state = 'ended'
    remove(tail)
    const reason = asUnavailable('queue_unavailable', error)
    queueMicrotask(() => {
      if (tail.state === 'closed') return
      try {
        const resume = isChatError(reason, 'cursor_expired') ? reason.members.resume : undefined
        if (resume === undefined) tail.sink.onError(reason)
        else tail.sink.onExpired(resume as Cursor)
      } catch (thrown) {
        o.log.error({ err: thrown }, 'the consumer of a mailbox failed at the end of its tail')
      }
    })
  }

  return {
    open(user, after, sink) {
      const tail: Following = { user, sink, place: { cursor: after }, state: 'reading' }
      const tails = byUser.get(user)
      if (tails) tails.add(tail)
      else byUser.set(user, new Set([tail]))
      awaitTurn(tail)
      return {
        pause() {
          if (tail.state === 'ended' || tail.state === 'closed') return
          turns.delete(tail)
          tail.state = 'paused'
        },
        resume() {
          if (tail.state === 'paused') awaitTurn(tail)
        },
        close() {
          tail.state = 'closed'
          remove(tail)
        },
      }
    },
    deliver(committed) {
      for (const entry of committed) {
        const tails = byUser.get(entry.user)
        if (!tails) continue
        if (entry.kind === 'removed') {
          for (const tail of tails) endWith(tail, mailboxRemoved(entry.user))
          continue
        }
        const item = {
          cursor: formatCursor(entry.mailbox.tag, entry.offset + 1),
          record: entry.record,
        }
        for (const tail of tails) {
          if (tail.state !== 'live') continue
          // The table may have shown it before the writer's answer was here.
          if (typeof tail.place === 'number' && tail.place > entry.offset) continue
          tail.place = entry.offset + 1
          give(tail, item)
        }
      }
    },
    readAgain() {
      for (const tails of byUser.values()) {
        for (const tail of tails) if (tail.state === 'live') awaitTurn(tail)
      }
    },
    endAll(error) {
      over = error
      for (const tails of [...byUser.values()]) for (const tail of tails) endWith(tail, error)
    },
  }
}

function mailboxRemoved(user: UserName): ChatError {
  return new ChatError('no_such_user', `The mailbox of ${user} was removed with its account.`)
}
