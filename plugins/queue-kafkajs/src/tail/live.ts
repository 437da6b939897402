import type { UserName } from '@secure-chat/plugin-sdk/server'
import type { Run } from '../mailbox/read-topic.ts'
import type { ReadItem } from '../mailbox/records.ts'
import type { TopicInfo } from '../topics/metadata.ts'
import { type Following, give, moveTo, offsetOf } from './following.ts'
import type { Member, Polls } from './polls.ts'

/** Tails that have caught up. Those of one user share a place in the polls. */
export interface Live {
  /** False: what is polled is already further on, so the tail has to read once more. */
  join(tail: Following, topic: TopicInfo): boolean
  /** Unknown is harmless. */
  leave(tail: Following): void
}

export function makeLive(o: {
  readonly polls: Polls
  readonly readItem: ReadItem
  readonly onTrouble: (tail: Following) => void
  readonly onSinkFailed: (tail: Following, error: unknown) => void
}): Live {
  const feeds = new Map<UserName, { readonly member: Member; readonly tails: Set<Following> }>()

  function makeFeed(user: UserName, topic: TopicInfo, offset: number) {
    const tails = new Set<Following>()
    const member: Member = {
      topic,
      offset,
      onRecords: (run) => deliver(user, topic, tails, run),
      onTrouble() {
        feeds.delete(user)
        for (const tail of tails) o.onTrouble(tail)
      },
    }
    const feed = { member, tails }
    feeds.set(user, feed)
    o.polls.join(member)
    return feed
  }

  function deliver(
    user: UserName,
    topic: TopicInfo,
    tails: ReadonlySet<Following>,
    { records, next }: Run,
  ): void {
    for (const raw of records) {
      if (tails.size === 0) return
      const item = o.readItem(user, topic, raw)
      for (const tail of tails) {
        if (raw.offset < offsetOf(tail)) continue
        moveTo(tail, raw.offset + 1)
        if (item !== undefined) give(tail, item, o.onSinkFailed)
      }
    }
    for (const tail of tails) if (offsetOf(tail) < next) moveTo(tail, next)
  }

  return {
    join(tail, topic) {
      const present = feeds.get(tail.user)
      const offset = offsetOf(tail)
      if (present !== undefined) {
        const isSame = present.member.topic.id === topic.id
        if (!isSame || present.member.offset > offset) return false
      }
      const feed = present ?? makeFeed(tail.user, topic, offset)
      feed.tails.add(tail)
      tail.state = 'live'
      return true
    },
    leave(tail) {
      const feed = feeds.get(tail.user)
      if (feed === undefined || !feed.tails.delete(tail) || feed.tails.size > 0) return
      feeds.delete(tail.user)
      o.polls.leave(feed.member)
    },
  }
}
