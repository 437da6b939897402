import { type Following, give, moveTo, offsetOf } from '../kafka/mailbox/following.ts'
import { mailboxRemoved } from '../kafka/mailbox/removed.ts'
import type { Live, LiveDeps } from '../kafka/mailbox/tails.ts'
import type { FetchSession, Member } from '../kafka/tail/fetch-session.ts'
import type { Records } from '../kafka/topics/records.ts'
import type { DecodedRecords, RawRecord } from '../kafka/wire/decode-records.ts'
import { formatCursor } from '../mailbox-cursor.ts'
import type { Mailbox } from './mailbox.ts'

/** One user's tails in a lane. */
type Group = {
  readonly mailbox: Mailbox
  readonly tails: Set<Following>
}

type Feed = {
  readonly member: Member
  readonly session: FetchSession
  readonly groups: Map<string, Group>
  /** What came for tails that still read, since they asked to join. */
  readonly joining: Map<string, Map<Following, Joining>>
  /** Everything before it was handed out. */
  handedOut: number
}

type Joining = { readonly from: number; records: RawRecord[]; bytes: number }

/** Held for a tail that still reads; beyond it the tail begins anew. */
const mostBytesHeld = 1024 * 1024

/**
 * Tails that have caught up. A lane is followed once, however many of its users are connected here, and only while one
 * is; its records are dispatched by key, and those of users without a tail here are not looked into.
 *
 * A busy lane is always further on than a tail that has just read to its end. So a tail that comes late is held a place:
 * what comes from then on is kept for it, and it joins when it has read up to there.
 */
export function makeLive(
  o: LiveDeps & {
    /** Of the broker with this number. */
    readonly sessionOf: (node: number) => FetchSession
    readonly records: Records
  },
): Live<Mailbox> {
  const feeds = new Map<number, Feed>()
  const lanesOf = new WeakMap<Following, number>()

  function makeFeed({ lane, topic }: Mailbox, offset: number): Feed {
    const session = o.sessionOf(topic.leaders[lane] ?? -1)
    const feed: Feed = {
      session,
      groups: new Map(),
      joining: new Map(),
      handedOut: offset,
      member: {
        topic: topic.name,
        topicId: topic.id,
        partition: lane,
        offset,
        onRecords: (found) => dispatch(feed, found),
        onTrouble() {
          feeds.delete(lane)
          for (const tail of tailsOf(feed)) {
            settle(feed, tail)
            o.onTrouble(tail)
          }
        },
      },
    }
    feeds.set(lane, feed)
    session.join(feed.member)
    return feed
  }

  function dispatch(feed: Feed, { records, next }: DecodedRecords): void {
    for (const raw of records) {
      if (raw.key === null) continue
      const user = raw.key.toString()
      for (const joining of feed.joining.get(user)?.values() ?? []) hold(joining, raw)
      const group = feed.groups.get(user)
      if (group !== undefined) deliver(group, raw)
    }
    feed.handedOut = next
  }

  function deliver({ mailbox, tails }: Group, raw: RawRecord): void {
    if (raw.value === null) {
      o.onRemoved(mailbox.user, raw.offset)
      return
    }
    const record = o.records.parse(mailbox.user, raw)
    const offset = raw.offset + 1
    const item = record && { cursor: formatCursor(mailbox.tag, offset), record }
    for (const tail of tails) {
      if (offset <= offsetOf(tail)) continue
      moveTo(tail, offset)
      if (item !== undefined) give(tail, item, o.onSinkFailed)
    }
  }

  /** Where a tail that leaves stands: behind all that was handed out. */
  function settle(feed: Feed, tail: Following): void {
    if (offsetOf(tail) < feed.handedOut) moveTo(tail, feed.handedOut)
  }

  function enter(feed: Feed, tail: Following, mailbox: Mailbox): void {
    tail.state = 'live'
    const present = feed.groups.get(tail.user)
    const group = present?.mailbox.id === mailbox.id ? present : { mailbox, tails: new Set([tail]) }
    group.tails.add(tail)
    if (present === undefined || present === group) {
      feed.groups.set(tail.user, group)
      return
    }
    // The feed has not come to the removal between the two yet.
    const isNewer = mailbox.floor.removedBefore > present.mailbox.floor.removedBefore
    if (isNewer) feed.groups.set(tail.user, group)
    const older = isNewer ? present : group
    for (const each of older.tails) o.onSinkFailed(each, mailboxRemoved(each.user))
  }

  function placeHeld(feed: Feed, tail: Following): Joining | undefined {
    const joining = feed.joining.get(tail.user)?.get(tail)
    return joining && joining.bytes <= mostBytesHeld && joining.from <= offsetOf(tail)
      ? joining
      : undefined
  }

  function holdPlace(feed: Feed, tail: Following): void {
    const ofUser = feed.joining.get(tail.user) ?? new Map<Following, Joining>()
    feed.joining.set(tail.user, ofUser)
    const present = ofUser.get(tail)
    if (present === undefined || present.bytes > mostBytesHeld) {
      ofUser.set(tail, { from: feed.handedOut, records: [], bytes: 0 })
    }
  }

  function dropPlace(feed: Feed, tail: Following): void {
    const ofUser = feed.joining.get(tail.user)
    if (ofUser?.delete(tail) && ofUser.size === 0) feed.joining.delete(tail.user)
  }

  return {
    join(tail, mailbox) {
      const offset = offsetOf(tail)
      lanesOf.set(tail, mailbox.lane)
      const feed = feeds.get(mailbox.lane) ?? makeFeed(mailbox, offset)
      if (feed.handedOut <= offset) {
        dropPlace(feed, tail)
        enter(feed, tail, mailbox)
        return true
      }
      const held = placeHeld(feed, tail)
      if (held === undefined) {
        holdPlace(feed, tail)
        return false
      }
      dropPlace(feed, tail)
      enter(feed, tail, mailbox)
      const group = { mailbox, tails: new Set([tail]) }
      for (const raw of held.records) {
        if (tail.state !== 'live') break
        if (raw.offset >= offset) deliver(group, raw)
      }
      return true
    },
    leave(tail) {
      const lane = lanesOf.get(tail)
      const feed = lane === undefined ? undefined : feeds.get(lane)
      if (lane === undefined || feed === undefined) return
      dropPlace(feed, tail)
      const group = feed.groups.get(tail.user)
      if (group?.tails.delete(tail)) {
        settle(feed, tail)
        if (group.tails.size === 0) feed.groups.delete(tail.user)
      }
      if (feed.groups.size > 0 || feed.joining.size > 0) return
      feeds.delete(lane)
      feed.session.leave(feed.member)
    },
  }
}

function tailsOf({ groups }: Feed): Following[] {
  return [...groups.values()].flatMap(({ tails }) => [...tails])
}

function hold(joining: Joining, raw: RawRecord): void {
  if (joining.bytes > mostBytesHeld) return
  joining.bytes += raw.value?.length ?? 0
  joining.records.push(raw)
  if (joining.bytes > mostBytesHeld) joining.records = []
}
