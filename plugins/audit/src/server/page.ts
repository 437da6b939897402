import type { Entry } from '../format/entry.ts'
import { blockMaxEntries, type LogStore } from './log-store.ts'

/** The command line reads no answer of more than 4 MiB. */
const pageMaxBytes = 2 * 1024 * 1024

export type Page = { readonly entries: readonly Entry[]; readonly more: boolean }

/** From the first entry whose number is not below `from`, as they lie there: what was done to them is for the verifier to see. */
export async function readPage(
  store: LogStore,
  chain: string,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<Page> {
  const entries: Entry[] = []
  let bytes = 0
  // The block that holds `from` begins at most so much before it.
  for await (const block of store.blocks(chain, Math.max(0, from - blockMaxEntries))) {
    const begin =
      entries.length > 0 ? 0 : block.entries.findIndex((entry) => !(Object(entry).seq < from))
    const wanted = begin === -1 ? [] : block.entries.slice(begin)
    const size = JSON.stringify(wanted).length
    const isFull = entries.length + wanted.length > limit || bytes + size > pageMaxBytes
    if (entries.length > 0 && isFull) return { entries, more: true }
    entries.push(...wanted)
    bytes += size
  }
  return { entries, more: false }
}
