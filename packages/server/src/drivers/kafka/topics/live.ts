import type { UserName } from '@secure-chat/protocol'
import { type Following, give, moveTo, offsetOf } from '../mailbox/following.ts'
import type { Live, LiveDeps } from '../mailbox/tails.ts'
import type { FetchSession, Member } from '../tail/fetch-session.ts'
import type { DecodedRecords } from '../wire/decode-records.ts'
import { cursorAt, type Mailbox, onlyPartition } from './mailboxes.ts'
import type { Records } from './records.ts'

type Feed = {
  readonly member: Member
  readonly session: FetchSession
  readonly tails: Set<Following>
}

/** Tails of one user share their partition's place in the fetch session. */
export function makeLive(
  o: LiveDeps & {
    /** Of the broker with this number. */
    readonly sessionOf: (node: number) => FetchSession
    readonly records: Records
  },
): Live<Mailbox> {
  const feeds = new Map<UserName, Feed>()

  function makeFeed(user: UserName, mailbox: Mailbox, offset: number): Feed {
    const { topic } = mailbox
    const tails = new Set<Following>()
    const session = o.sessionOf(topic.leaders[onlyPartition] ?? -1)
    const member: Member = {
      topic: topic.name,
      topicId: topic.id,
      partition: onlyPartition,
      offset,
      onRecords: (found) => deliver(user, mailbox, tails, found),
      onTrouble() {
        feeds.delete(user)
        for (const tail of tails) o.onTrouble(tail)
      },
    }
    const feed: Feed = { member, session, tails }
    feeds.set(user, feed)
    session.join(member)
    return feed
  }

  function deliver(
    user: UserName,
    mailbox: Mailbox,
    tails: ReadonlySet<Following>,
    { records, next }: DecodedRecords,
  ): void {
    for (const raw of records) {
      if (tails.size === 0) return
      const record = o.records.parse(user, raw)
      const offset = raw.offset + 1
      const item = record && { cursor: cursorAt(mailbox, offset), record }
      for (const tail of tails) {
        if (offset <= offsetOf(tail)) continue
        moveTo(tail, offset)
        if (item !== undefined) give(tail, item, o.onSinkFailed)
      }
    }
    for (const tail of tails) if (offsetOf(tail) < next) moveTo(tail, next)
  }

  return {
    join(tail, mailbox) {
      const present = feeds.get(tail.user)
      const offset = offsetOf(tail)
      if (present !== undefined) {
        const isSame = present.member.topicId === mailbox.topic.id
        if (!isSame || present.member.offset > offset) return false
      }
      const feed = present ?? makeFeed(tail.user, mailbox, offset)
      feed.tails.add(tail)
      tail.state = 'live'
      return true
    },
    leave(tail) {
      const feed = feeds.get(tail.user)
      if (feed === undefined || !feed.tails.delete(tail) || feed.tails.size > 0) return
      feeds.delete(tail.user)
      feed.session.leave(feed.member)
    },
  }
}
