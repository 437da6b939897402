import type { ReadEntry } from '../verify/entry-schema.ts'
import { type Caller, readLog } from '../verify/read-log.ts'

export type EntryFilter = {
  /** Only envelopes from or to this user. */
  readonly user?: string | undefined
  /** ISO-8601: from this time on, before that one. */
  readonly since?: string | undefined
  readonly until?: string | undefined
  /** The newest so many. */
  readonly limit: number
}

/**
 * The newest entries that match, oldest first, of all chains. The log is checked on the way.
 *
 * @returns `isBroken`: what is listed may not be what was recorded
 */
export async function listEntries(
  client: Caller,
  filter: EntryFilter,
): Promise<{ readonly entries: readonly ReadEntry[]; readonly isBroken: boolean }> {
  let kept: ReadEntry[] = []
  const newest = () => kept.sort(byTime).slice(-filter.limit)
  const { check } = await readLog(client, {
    seen(entry) {
      if (!matches(entry, filter)) return
      kept.push(entry)
      // Now and then, so that a log of any length needs no more memory than this.
      if (kept.length >= 2 * filter.limit + 1000) kept = newest()
    },
  })
  return { entries: newest(), isBroken: check.problems().length > 0 }
}

function matches(entry: ReadEntry, { user, since, until }: EntryFilter): boolean {
  const at = momentOf(entry)
  if (since !== undefined && at < since) return false
  if (until !== undefined && at >= until) return false
  if (user === undefined) return true
  const name = user.toLowerCase()
  return (
    entry.kind === 'envelope' &&
    (entry.envelope.sender === name || entry.envelope.recipient === name)
  )
}

/** Of an envelope when it was stored, else when the entry was made. */
export function momentOf(entry: ReadEntry): string {
  return entry.kind === 'envelope' ? entry.envelope.timestamp : entry.at
}

/** As they were recorded: within a chain that is the order of its numbers. */
function byTime(a: ReadEntry, b: ReadEntry): number {
  if (a.chain === b.chain) return a.seq - b.seq
  if (a.at !== b.at) return a.at < b.at ? -1 : 1
  return a.chain < b.chain ? -1 : 1
}
