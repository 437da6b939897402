import type { ChatError, Cursor, UserName } from '@secure-chat/protocol'
import type { Log, Tail, TailSink } from '../../../ports/index.ts'
import { formatCursor } from '../../mailbox-cursor.ts'
import { reasonsOf } from '../failure.ts'
import { makeTurns } from '../tail/turns.ts'
import type { Records } from '../topics/records.ts'
import type { DecodedRecords } from '../wire/decode-records.ts'
import {
  type Following,
  give,
  isOver,
  isWorthAnotherTry,
  type MailboxIdentity,
  moveTo,
  offsetOf,
  tellEnd,
} from './following.ts'
import { mailboxRemoved } from './removed.ts'

/** How tails read, by layout. */
export interface TailReading<M extends MailboxIdentity> {
  /**
   * What follows the place of a tail, as far as one step of reading brings it.
   * @throws ChatError `no_such_user` (the mailbox is gone), `cursor_expired`, `bad_cursor`, `queue_unavailable`
   */
  next(tail: Following): Promise<{
    readonly mailbox: M
    readonly offset: number
    readonly found: DecodedRecords
    readonly end: number
  }>
}

/** Tails that have caught up, by layout. */
export interface Live<M extends MailboxIdentity> {
  /** False: what is live is already further on, so the tail has to read once more. */
  join(tail: Following, mailbox: M): boolean
  /** Unknown is harmless. */
  leave(tail: Following): void
}

export interface LiveDeps {
  /** The tail has to read again from its place. */
  readonly onTrouble: (tail: Following) => void
  readonly onSinkFailed: (tail: Following, error: unknown) => void
  /** The mailbox was removed by what lies at this offset. */
  readonly onRemoved: (user: UserName, offset: number) => void
}

export interface Tails {
  open(user: UserName, after: Cursor, sink: TailSink): Tail
  /** Ends those of a mailbox that was removed here; told an offset, those that stand at it or before. */
  removed(user: UserName, offset?: number): void
  /** Ends every tail with this error, and every one opened later. */
  endAll(error: ChatError): void
}

/** Tails that read at the same time: each holds a run of its mailbox in memory. */
const readersAtOnce = 8
/** Items handed over in one turn of the event loop. */
const itemsPerTurn = 64
const firstRestMs = 50
const longestRestMs = 2000

/**
 * A tail reads its mailbox until it is near the end, then joins those that are live, and falls back to reading whenever it
 * may have missed something: after a pause, and after any trouble of a fetch session. So there is one place that knows
 * what a removed, expired or moved mailbox means: reading.
 */
export function makeMailboxTails<M extends MailboxIdentity>(o: {
  readonly reading: TailReading<M>
  readonly makeLive: (deps: LiveDeps) => Live<M>
  readonly records: Records
  readonly log: Log
}): Tails {
  const byUser = new Map<UserName, Set<Following>>()
  const turns = makeTurns(readersAtOnce)
  const live = o.makeLive({ onTrouble: read, onSinkFailed: endWith, onRemoved: removed })
  let over: ChatError | undefined

  function read(tail: Following): void {
    tail.state = 'reading'
    tail.turn += 1
    const { turn } = tail
    turns.ask(async () => {
      if (tail.turn === turn) await takeTurn(tail, turn)
    })
  }

  async function takeTurn(tail: Following, turn: number): Promise<void> {
    const isStale = () => tail.turn !== turn
    try {
      if (over) throw over
      const { mailbox, offset, found, end } = await o.reading.next(tail)
      if (isStale()) return
      tail.failures = 0
      tail.place = { kind: 'offset', mailboxId: mailbox.id, offset }
      await handOver(tail, mailbox, found, isStale)
      if (isStale()) return
      if (found.next < end || !live.join(tail, mailbox)) read(tail)
    } catch (error) {
      if (isStale()) return
      if (over === undefined && isWorthAnotherTry(error)) restAndRead(tail, error)
      else endWith(tail, error)
    }
  }

  /** In portions, so that a backlog lets others have their turn of the event loop. */
  async function handOver(
    tail: Following,
    mailbox: M,
    { records, next }: DecodedRecords,
    isStale: () => boolean,
  ): Promise<void> {
    for (const [index, raw] of records.entries()) {
      if (index > 0 && index % itemsPerTurn === 0) {
        await new Promise(setImmediate)
        if (isStale()) return
      }
      const record = o.records.parse(tail.user, raw)
      moveTo(tail, raw.offset + 1)
      if (record === undefined) continue
      give(tail, { cursor: formatCursor(mailbox.tag, raw.offset + 1), record }, endWith)
      if (isStale()) return
    }
    moveTo(tail, next)
  }

  function restAndRead(tail: Following, error: unknown): void {
    const { turn } = tail
    tail.failures += 1
    if (tail.failures === 1) {
      o.log.warn({ user: tail.user, reason: reasonsOf(error) }, 'a tail waits for Kafka')
    }
    const restMs = Math.min(longestRestMs, firstRestMs * 2 ** Math.min(tail.failures, 10))
    setTimeout(() => {
      if (tail.turn === turn) read(tail)
    }, restMs)
  }

  function endWith(tail: Following, error: unknown): void {
    if (isOver(tail)) return
    stop(tail, 'ended')
    tellEnd(tail, error, o.log)
  }

  function stop(tail: Following, state: 'paused' | 'ended' | 'closed'): void {
    live.leave(tail)
    tail.state = state
    tail.turn += 1
    if (state === 'paused') return
    const tails = byUser.get(tail.user)
    tails?.delete(tail)
    if (tails?.size === 0) byUser.delete(tail.user)
  }

  function removed(user: UserName, offset?: number): void {
    for (const tail of [...(byUser.get(user) ?? [])]) {
      const isOfIt =
        offset === undefined || (tail.place.kind === 'offset' && offsetOf(tail) <= offset)
      if (isOfIt) endWith(tail, mailboxRemoved(user))
    }
  }

  return {
    open(user, after, sink) {
      const tail: Following = {
        user,
        sink,
        place: { kind: 'cursor', cursor: after },
        state: 'reading',
        turn: 0,
        failures: 0,
      }
      const tails = byUser.get(user)
      if (tails) tails.add(tail)
      else byUser.set(user, new Set([tail]))
      read(tail)
      return {
        pause() {
          if (!isOver(tail) && tail.state !== 'paused') stop(tail, 'paused')
        },
        resume() {
          if (tail.state === 'paused') read(tail)
        },
        close() {
          if (tail.state === 'ended') tail.state = 'closed'
          else if (tail.state !== 'closed') stop(tail, 'closed')
        },
      }
    },
    removed,
    endAll(error) {
      over = error
      for (const tails of [...byUser.values()]) for (const tail of [...tails]) endWith(tail, error)
    },
  }
}
