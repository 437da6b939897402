import type { Log } from '../../../ports/index.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Metadata } from '../cluster/metadata.ts'
import { isBrokerFailure, reasonsOf } from '../failure.ts'
import { type DecodedRecords, decodeRecords } from '../wire/decode-records.ts'
import { kafkaError } from '../wire/error-codes.ts'
import {
  type FetchAnswer,
  type FetchPosition,
  type FetchRequest,
  sendFetch,
} from '../wire/fetch.ts'

/** One partition in a session, and who hears of it. */
export interface Member {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  /** Where it goes on; moved by the session. */
  offset: number
  /** New records, at once when they come. Not called after `leave`; must not throw. */
  onRecords(found: DecodedRecords): void
  /** The session has let go of it: expired, moved to another broker, or gone. Reading tells which. */
  onTrouble(): void
}

export interface FetchSession {
  /** From its offset on, with the next poll. */
  join(member: Member): void
  leave(member: Member): void
  close(): void
}

/** Who joins waits for the poll under way at most so long. */
const maxWaitMs = 150
const mostBytes = 1024 * 1024
/** Above the largest record, so that no batch waits for a poll of its own. */
const mostPartitionBytes = 1024 * 1024
const firstRestMs = 50
const longestRestMs = 1000

/**
 * One incremental fetch session with one broker (KIP-227): a poll names only the partitions that changed since the last
 * one, so a thousand quiet mailboxes cost a poll nothing here.
 */
export function makeFetchSession(o: {
  readonly node: number
  /** Each session of a broker needs a connection of its own: its polls wait there. */
  readonly use: 'tail' | 'copy'
  readonly cluster: Cluster
  readonly metadata: Metadata
  readonly log: Log
}): FetchSession {
  const members = new Map<string, Member>()
  /** To be named in the next poll: new ones, and those that moved on. */
  let changed = new Set<Member>()
  /** To be forgotten by the broker with the next poll. */
  let left = new Map<string, { readonly topicId: string; readonly partition: number }>()
  /** Named in a poll that was sent: only of these an answer can speak. */
  let named = new WeakSet<Member>()
  let sessionId = 0
  let epoch = 0
  let failures = 0
  let isRunning = false
  let isClosed = false

  async function run(): Promise<void> {
    while (members.size > 0 && !isClosed) {
      try {
        take(await o.cluster.call<FetchAnswer>(o.node, o.use, poll(nextRequest())))
        failures = 0
      } catch (error) {
        if (!isBrokerFailure(error)) o.log.error({ err: error }, 'a fetch session failed')
        o.log.debug({ broker: o.node, reason: reasonsOf(error) }, 'a fetch session broke off')
        await recover()
      }
    }
    isRunning = false
  }

  function nextRequest(): FetchRequest {
    const isFull = sessionId === 0
    const positions = isFull ? [...members.values()] : [...changed]
    const forgotten = isFull ? [] : [...left.values()]
    changed = new Set()
    left = new Map()
    if (isFull) named = new WeakSet()
    for (const member of positions) named.add(member)
    return {
      maxWaitMs,
      maxBytes: mostBytes,
      sessionId,
      sessionEpoch: isFull ? 0 : epoch,
      positions: positions.map(positionOf),
      forgotten,
    }
  }

  function take(answer: FetchAnswer): void {
    if (answer.errorCode !== kafkaError.none) {
      // Evicted, or the broker began anew: all are named again.
      sessionId = 0
      if (!isSessionLost(answer.errorCode)) throw new Error(`fetch code ${answer.errorCode}`)
      return
    }
    epoch = sessionId === 0 ? 1 : (epoch % 0x7fffffff) + 1
    // 0 where the broker has no room for another session: then each poll names all.
    sessionId = answer.sessionId
    for (const { topicId, partition, errorCode, batches } of answer.partitions) {
      const member = members.get(`${topicId}/${partition}`)
      if (member === undefined || !named.has(member)) continue
      if (errorCode !== kafkaError.none) {
        remove(member)
        member.onTrouble()
      } else if (batches.length > 0) {
        const found = decodeRecords(batches, member.offset)
        if (found.next === member.offset) continue
        member.offset = found.next
        changed.add(member)
        member.onRecords(found)
      }
    }
  }

  function remove(member: Member): void {
    const name = nameOf(member)
    if (members.get(name) !== member) return
    members.delete(name)
    changed.delete(member)
    if (named.has(member)) left.set(name, member)
  }

  /** After a pause: whose leader moved is let go of, the others begin a new session where they were. */
  async function recover(): Promise<void> {
    sessionId = 0
    const restMs = Math.min(longestRestMs, firstRestMs * 2 ** failures)
    failures += 1
    await new Promise((resolve) => setTimeout(resolve, restMs))
    await Promise.allSettled(
      [...members.values()].map(async (member) => {
        const { topic, topicId, partition } = member
        const info = await o.metadata.refresh(topic)
        const leader = info?.leaders[partition]
        // While nobody leads it, it comes back to this broker as likely as to another.
        if (info?.id === topicId && (leader === o.node || leader === -1)) return
        remove(member)
        member.onTrouble()
      }),
    )
  }

  return {
    join(member) {
      const name = nameOf(member)
      members.set(name, member)
      left.delete(name)
      changed.add(member)
      if (isRunning || isClosed) return
      isRunning = true
      void run()
    },
    leave: remove,
    close() {
      isClosed = true
      members.clear()
    },
  }
}

function poll(request: FetchRequest) {
  return (
    connection: Parameters<typeof sendFetch>[0],
    done: Parameters<typeof sendFetch>[2],
  ): void => sendFetch(connection, request, done)
}

function nameOf({ topicId, partition }: Member): string {
  return `${topicId}/${partition}`
}

function positionOf({ topicId, partition, offset }: Member): FetchPosition {
  return { topicId, partition, offset, maxBytes: mostPartitionBytes }
}

function isSessionLost(errorCode: number): boolean {
  return (
    errorCode === kafkaError.fetchSessionIdNotFound ||
    errorCode === kafkaError.invalidFetchSessionEpoch ||
    errorCode === kafkaError.fetchSessionTopicIdError
  )
}
