import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import type { Brokers } from '../kafka/cluster.ts'
import { reasonsOf } from '../kafka/failure.ts'
import { type FetchAnswer, type Run, readUncommitted, runIn } from '../mailbox/read-topic.ts'
import type { Metadata, TopicInfo } from '../topics/metadata.ts'

/** One topic that is polled, and who hears of it. */
export interface Member {
  readonly topic: TopicInfo
  /** Where it goes on; moved by the polls. */
  offset: number
  /** Not called after `leave`; must not throw. */
  onRecords(run: Run): void
  /** It is polled no more: moved, expired or gone. Reading tells which. */
  onTrouble(): void
}

export interface Polls {
  /** From its offset on, with the next poll of the broker that leads it. A topic is there once. */
  join(member: Member): void
  leave(member: Member): void
  close(): void
}

/** Who joins waits for the poll under way at most so long. */
const maxWaitMs = 150
const mostBytes = 1024 * 1024
const firstRestMs = 50
const longestRestMs = 1000

/**
 * One long poll at a time to each broker, for all topics that are followed there. kafkajs knows no fetch sessions: a
 * poll names every topic again, which is what a stream costs.
 */
export function makePolls(o: {
  readonly brokers: Brokers
  readonly metadata: Metadata
  readonly log: ServerContext['log']
}): Polls {
  const byBroker = new Map<number, Map<string, Member>>()
  const running = new Set<number>()
  let isClosed = false

  async function run(node: number, members: Map<string, Member>): Promise<void> {
    let failures = 0
    while (members.size > 0 && !isClosed) {
      try {
        const named = new Map(members)
        take(members, named, await poll(node, named))
        failures = 0
      } catch (error) {
        if (isClosed) break
        o.log.debug({ broker: node, reason: reasonsOf(error) }, 'a poll broke off')
        // An answer about one of them is looked into at once; a broker that does not answer gets its time.
        await sleep(Math.min(longestRestMs, firstRestMs * 2 ** failures))
        failures += 1
        await sortOut(node, members, failures)
      }
    }
    running.delete(node)
  }

  async function poll(node: number, named: ReadonlyMap<string, Member>): Promise<FetchAnswer> {
    const broker = await o.brokers.of(node)
    return broker.fetch({
      ...readUncommitted,
      maxWaitTime: maxWaitMs,
      minBytes: 1,
      maxBytes: mostBytes,
      topics: [...named.values()].map(({ topic, offset }) => ({
        topic: topic.name,
        partitions: [{ partition: 0, fetchOffset: String(offset), maxBytes: mostBytes }],
      })),
    })
  }

  function take(
    members: Map<string, Member>,
    named: ReadonlyMap<string, Member>,
    { responses }: FetchAnswer,
  ): void {
    for (const { topicName, partitions } of responses) {
      const member = named.get(topicName)
      const [found] = partitions
      // It may have left meanwhile, and another may have come for it.
      if (member === undefined || found === undefined || members.get(topicName) !== member) continue
      if (found.messages.length === 0) continue
      const fetched = runIn(found, member.offset)
      if (fetched.next === member.offset) trouble(members, member)
      else {
        member.offset = fetched.next
        member.onRecords(fetched)
      }
    }
  }

  function trouble(members: Map<string, Member>, member: Member): void {
    members.delete(member.topic.name)
    member.onTrouble()
  }

  /**
   * kafkajs throws away an answer in which one topic is refused. Those that are gone or led by another broker are let go
   * of; when it was none of these, all read for themselves, and reading tells.
   */
  async function sortOut(
    node: number,
    members: Map<string, Member>,
    failures: number,
  ): Promise<void> {
    const before = [...members.values()]
    const looks = await Promise.allSettled(
      before.map(({ topic }) => o.metadata.refresh(topic.name)),
    )
    // Nobody answers: the next poll tries again.
    if (looks.every(({ status }) => status === 'rejected')) return
    let isFound = false
    for (const [index, member] of before.entries()) {
      const look = looks[index]
      if (look?.status !== 'fulfilled' || members.get(member.topic.name) !== member) continue
      const info = look.value
      // While nobody leads it, it comes back to this broker as likely as to another.
      if (info?.id === member.topic.id && (info.leader === node || info.leader === -1)) continue
      isFound = true
      trouble(members, member)
    }
    if (isFound || failures < 2) return
    for (const member of [...members.values()]) trouble(members, member)
  }

  return {
    join(member) {
      if (isClosed) return
      const node = member.topic.leader
      const members = byBroker.get(node) ?? new Map<string, Member>()
      byBroker.set(node, members)
      members.set(member.topic.name, member)
      if (running.has(node)) return
      running.add(node)
      void run(node, members)
    },
    leave(member) {
      const members = byBroker.get(member.topic.leader)
      if (members?.get(member.topic.name) === member) members.delete(member.topic.name)
    },
    close() {
      isClosed = true
      for (const members of byBroker.values()) members.clear()
    },
  }
}
