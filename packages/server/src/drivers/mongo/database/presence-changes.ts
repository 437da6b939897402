import type { PresenceState, UserName } from '@secure-chat/protocol'
import type { PresenceRow, PresenceStore } from '../../../ports/index.ts'
import type { UserDocument } from '../models.ts'
import { databaseTime } from './database-time.ts'
import type { Engine } from './engine.ts'

/** One answer's bound. */
const mostChanges = 5000
/** How far behind the mark is asked again: longer than a stamped change takes to be seen. */
const overlapMs = 3000

/**
 * The mark is the database's time at the last answer, and the next one begins a little before it, as with
 * revocations. An answer that is full has the place where it stopped in its mark too; the time in it stays that of
 * the first of such a row of answers, so that what appeared behind any of them is told in the end.
 */
interface Mark {
  readonly time: number
  readonly stopped?: { readonly at: number; readonly name: string }
}

export function makeChangedSince(engine: Engine): PresenceStore['changedSince'] {
  const { users } = engine.models
  return (text) =>
    engine.run(async () => {
      const now = await databaseTime(engine)
      if (text === undefined) return { rows: [], mark: markText({ time: now }) }
      const mark = readMark(text)
      const found = await users
        .find(behind(mark), { presence: 1 })
        .sort({ 'presence.changed_at': 1, _id: 1 })
        .limit(mostChanges)
        .lean()
      const time = mark.stopped === undefined ? now : mark.time
      const last = found.length < mostChanges ? undefined : found.at(-1)
      const at = last?.presence?.changed_at.getTime()
      return {
        rows: found.flatMap(rowOf),
        mark: markText({
          time,
          ...(last !== undefined && at !== undefined && { stopped: { at, name: last._id } }),
        }),
      }
    })
}

function behind({ time, stopped }: Mark) {
  if (stopped === undefined) return { 'presence.changed_at': { $gte: new Date(time - overlapMs) } }
  const at = new Date(stopped.at)
  return {
    $or: [
      { 'presence.changed_at': { $gt: at } },
      { 'presence.changed_at': at, _id: { $gt: stopped.name } },
    ],
  }
}

function markText({ time, stopped }: Mark): string {
  return stopped === undefined ? String(time) : `${time} ${stopped.at} ${stopped.name}`
}

function readMark(text: string): Mark {
  const [time, at, name] = text.split(' ')
  return {
    time: Number(time),
    ...(at !== undefined && name !== undefined && { stopped: { at: Number(at), name } }),
  }
}

export function rowOf({ _id, presence }: Pick<UserDocument, '_id' | 'presence'>): PresenceRow[] {
  if (presence === undefined) return []
  return [
    {
      name: _id as UserName,
      state: presence.state as PresenceState,
      text: presence.text,
      lastSeenAt: presence.last_seen_at,
    },
  ]
}
