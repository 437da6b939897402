import type {
  ChatError,
  Cursor,
  ServerContext,
  Tail,
  TailSink,
  UserName,
} from '@secure-chat/plugin-sdk/server'
import { asUnavailable, reasonsOf } from '../kafka/failure.ts'
import { mailboxRemoved } from '../mailbox/cursor.ts'
import type { Run } from '../mailbox/read-topic.ts'
import type { ReadItem } from '../mailbox/records.ts'
import type { TopicInfo } from '../topics/metadata.ts'
import { type Following, give, isOver, moveTo, tellEnd } from './following.ts'
import { makeLive } from './live.ts'
import type { Polls } from './polls.ts'
import type { ReadOn } from './read-on.ts'
import { makeTurns } from './turns.ts'

export interface Tails {
  open(user: UserName, after: Cursor, sink: TailSink): Tail
  /** Ends those of a mailbox that was removed here. */
  removed(user: UserName): void
  /** Ends every tail with this error, and every one opened later. */
  endAll(error: ChatError): void
}

/** Each holds a run of its mailbox in memory. */
const readersAtOnce = 8
/** Items handed over in one turn of the event loop. */
const itemsPerTurn = 64
const firstRestMs = 50
const longestRestMs = 2000

/**
 * A tail reads its mailbox until it is near the end, then is polled with the others, and falls back to reading whenever
 * it may have missed something. So one place knows what a removed, expired or moved mailbox means: reading.
 */
export function makeTails(o: {
  readonly readOn: ReadOn
  readonly polls: Polls
  readonly readItem: ReadItem
  readonly log: ServerContext['log']
}): Tails {
  const byUser = new Map<UserName, Set<Following>>()
  const ask = makeTurns(readersAtOnce)
  const live = makeLive({ ...o, onTrouble: read, onSinkFailed: endWith })
  let over: ChatError | undefined

  function read(tail: Following): void {
    tail.state = 'reading'
    tail.turn += 1
    const { turn } = tail
    ask(async () => {
      if (tail.turn === turn) await takeTurn(tail, turn)
    })
  }

  async function takeTurn(tail: Following, turn: number): Promise<void> {
    const isStale = () => tail.turn !== turn
    try {
      if (over) throw over
      const { topic, offset, run } = await o.readOn(tail)
      if (isStale()) return
      tail.failures = 0
      tail.place = { kind: 'offset', topicId: topic.id, offset }
      await handOver(tail, topic, run, isStale)
      if (isStale()) return
      if (run.next < run.end || !live.join(tail, topic)) read(tail)
    } catch (error) {
      if (isStale()) return
      const failure = asUnavailable(error)
      if (over === undefined && failure.code === 'queue_unavailable') restAndRead(tail, failure)
      else endWith(tail, failure)
    }
  }

  /** In portions, so that a backlog lets others have their turn of the event loop. */
  async function handOver(
    tail: Following,
    topic: TopicInfo,
    { records, next }: Run,
    isStale: () => boolean,
  ): Promise<void> {
    for (const [index, raw] of records.entries()) {
      if (index > 0 && index % itemsPerTurn === 0) {
        await new Promise(setImmediate)
        if (isStale()) return
      }
      const item = o.readItem(tail.user, topic, raw)
      moveTo(tail, raw.offset + 1)
      if (item === undefined) continue
      give(tail, item, endWith)
      if (isStale()) return
    }
    moveTo(tail, next)
  }

  function restAndRead(tail: Following, failure: ChatError): void {
    const { turn } = tail
    tail.failures += 1
    if (tail.failures === 1) {
      o.log.warn({ user: tail.user, reason: reasonsOf(failure) }, 'a stream waits for Kafka')
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

  return {
    open(user, after, sink) {
      const place = { kind: 'cursor', cursor: after } as const
      const tail: Following = { user, sink, place, state: 'reading', turn: 0, failures: 0 }
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
    removed(user) {
      for (const tail of [...(byUser.get(user) ?? [])]) endWith(tail, mailboxRemoved(user))
    },
    endAll(error) {
      over = error
      for (const tails of [...byUser.values()]) for (const tail of [...tails]) endWith(tail, error)
    },
  }
}
