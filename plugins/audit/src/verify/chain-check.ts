import { formatName, type Head, hashOf, noHash } from '../format/entry.ts'
import { entrySchema, type ReadEntry } from './entry-schema.ts'
import { makeHashList } from './hash-list.ts'

/** What does not fit, at the entry with this number. */
export type Problem = { readonly chain: string; readonly seq: number; readonly text: string }

/** One chain, entry after entry. The first thing that does not fit ends it: nothing behind it can be trusted. */
export interface ChainCheck {
  readonly chain: string
  /** Number of the first entry that is there; 0 unless older ones were removed. */
  readonly first: number
  /** Number that the next entry must have. */
  readonly next: number
  readonly head: Head | undefined
  /** When its last entry was recorded. */
  readonly lastAt: string | undefined
  readonly count: number
  readonly isEnded: boolean
  readonly problem: Problem | undefined
  /** Places where entries are missing: good only if a `pruned` entry tells of exactly these. */
  readonly missingBefore: readonly Head[]
  /** @returns the entry if it fits, else undefined: see `problem` */
  take(value: unknown): ReadEntry | undefined
  /** The hash of the entry with this number, where it is there. */
  hashAt(seq: number): string | undefined
}

export function makeChainCheck(chain: string): ChainCheck {
  /** Runs of entries without a gap: one, unless something was removed while it was read. */
  const runs: Array<{ readonly first: number; readonly hashes: ReturnType<typeof makeHashList> }> =
    []
  const missingBefore: Head[] = []
  let head: Head | undefined
  let lastAt: string | undefined
  let count = 0
  let isEnded = false
  let problem: Problem | undefined

  function complaintAbout(value: unknown): { text: string } | { entry: ReadEntry } {
    const { success, data: entry } = entrySchema.safeParse(value)
    if (!success) return { text: 'is no entry of the form that this program knows' }
    if (entry.chain !== chain) return { text: `belongs to another chain, ${entry.chain}` }
    // Over what came, not over what was understood of it.
    if (entry.hash !== hashOf(Object(value)))
      return { text: 'was changed: its hash is another one' }
    const next = (head?.seq ?? -1) + 1
    if (entry.seq < next)
      return { text: `stands where entry ${next} belongs: it is entry ${entry.seq}` }
    if (isEnded) return { text: 'stands behind the end of its chain' }
    if (entry.seq > next) return { entry }
    if (entry.prev !== (head?.hash ?? noHash))
      return { text: 'does not follow the entry before it' }
    if ((entry.seq === 0) !== (entry.kind === 'start'))
      return { text: 'is no start, or one in the middle' }
    if (entry.kind === 'start' && entry.format !== formatName) {
      return {
        text: `is of another format, "${entry.format}": a newer version of this plugin may know it`,
      }
    }
    return { entry }
  }

  return {
    chain,
    get first() {
      return runs[0]?.first ?? 0
    },
    get next() {
      return (head?.seq ?? -1) + 1
    },
    get head() {
      return head
    },
    get lastAt() {
      return lastAt
    },
    get count() {
      return count
    },
    get isEnded() {
      return isEnded
    },
    get problem() {
      return problem
    },
    missingBefore,
    take(value) {
      if (problem !== undefined) return undefined
      const next = (head?.seq ?? -1) + 1
      const found = complaintAbout(value)
      if ('text' in found) {
        problem = { chain, seq: next, text: found.text }
        return undefined
      }
      const { entry } = found
      if (entry.seq > next) missingBefore.push({ chain, seq: entry.seq - 1, hash: entry.prev })
      if (entry.seq > next || runs.length === 0)
        runs.push({ first: entry.seq, hashes: makeHashList() })
      runs.at(-1)?.hashes.push(entry.hash)
      head = { chain, seq: entry.seq, hash: entry.hash }
      lastAt = entry.at
      count += 1
      isEnded = entry.kind === 'end'
      return entry
    },
    hashAt(seq) {
      const run = runs.findLast(({ first }) => first <= seq)
      return run?.hashes.at(seq - run.first)
    },
  }
}
