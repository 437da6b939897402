import { type Entry, type Head, headOf } from '../format/entry.ts'
import type { Block, LogStore } from './log-store.ts'

const dayMs = 86_400_000

export type Expired = {
  /** The last entry of each chain that goes. */
  readonly heads: readonly Head[]
  remove(): Promise<void>
}

/**
 * What is older than the limit: whole blocks from the front of each chain, so that what stays hangs together. The
 * heads have to stand in the log before anything is removed, or the rest would look cut.
 */
export async function findExpired(store: LogStore, before: number): Promise<Expired> {
  const found: Array<{
    chain: string
    blocks: Block[]
    last: Entry | undefined
    isWhole: boolean
  }> = []
  for await (const chain of allChains(store)) {
    const one = await expiredOf(store, chain, before)
    if (one !== undefined) found.push({ chain, ...one })
  }
  return {
    heads: found.flatMap(({ last }) => (last ? [headOf(last)] : [])),
    async remove() {
      for (const { chain, blocks, isWhole } of found) {
        // Oldest first: wherever this is interrupted, what is left is the end of the chain.
        for (const block of blocks) await store.remove(block)
        if (!isWhole) continue
        await store.removeTip(chain)
        await store.forget(chain)
      }
    },
  }
}

async function* allChains(store: LogStore): AsyncGenerator<string> {
  let after: string | undefined
  for (;;) {
    const page = await store.chains({ after })
    if (page.length === 0) return
    yield* page
    after = page.at(-1)
  }
}

async function expiredOf(store: LogStore, chain: string, before: number) {
  // Before the blocks: one that ends meanwhile keeps its last block until the next time.
  const isAlive = await store.isAlive(chain)
  const blocks: Block[] = []
  let isWhole = !isAlive
  let held: Block | undefined
  for await (const block of store.blocks(chain)) {
    if (!isExpired(block, before)) {
      isWhole = false
      held = undefined
      break
    }
    if (held !== undefined) blocks.push(held)
    held = block
  }
  // The last block of a chain that goes on stays: something must be there for the next one to follow.
  if (held !== undefined && !isAlive) blocks.push(held)
  const last = blocks.at(-1)?.entries.at(-1)
  // A chain may have ended before its first block was written.
  return blocks.length > 0 || isWhole ? { blocks, last, isWhole } : undefined
}

/**
 * What tells of a removal stays two days longer than anything that it explains, so that clocks of nodes need not
 * agree.
 */
function isExpired({ entries }: Block, before: number): boolean {
  return entries.every(
    ({ at, kind }) => Date.parse(at) < (kind === 'pruned' ? before - 2 * dayMs : before),
  )
}
