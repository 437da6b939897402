/** Where the log lies in the plugin's storage: blocks of entries, by chain and number. */
import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import { type Entry, type Head, headOf } from '../format/entry.ts'

type Storage = ServerContext['storage']

/** Entries that were written together. */
export type Block = { readonly key: string; readonly entries: readonly Entry[] }

export interface LogStore {
  /** Every chain, oldest first, behind the one named. */
  chains(options?: { after?: string | undefined; limit?: number }): Promise<string[]>
  register(chain: string): Promise<void>
  forget(chain: string): Promise<void>
  /** A chain that no other one vouches for, and where about its end is. */
  setTip(chain: string, near: number): Promise<void>
  tips(): Promise<Array<{ chain: string; near: number }>>
  removeTip(chain: string): Promise<void>
  setAlive(chain: string, ttlMs: number): Promise<void>
  isAlive(chain: string): Promise<boolean>
  write(entries: readonly [Entry, ...Entry[]]): Promise<void>
  /** Blocks of a chain in order, from the one that begins at `from` or behind. */
  blocks(chain: string, from?: number): AsyncGenerator<Block>
  remove(block: Block): Promise<void>
  /** The last entry of a chain. @param near a number from which its end is not far */
  headOf(chain: string, near: number): Promise<Head | undefined>
  /** True for one node of all, once for each turn. */
  takeTurn(turn: string, ttlMs: number): Promise<boolean>
  /** For whoever took it and could not do its work: it may be taken again. */
  giveBackTurn(turn: string): Promise<void>
}

/** Digits of a number in a key, so that keys sort as numbers do. */
const digits = 12
const pageSize = 500
/** A block holds at most this many entries, so that the block with a given entry begins not far before it. */
export const blockMaxEntries = 100

export function makeLogStore(storage: Storage): LogStore {
  const blockKey = (chain: string, seq: number) =>
    `block/${chain}/${String(seq).padStart(digits, '0')}`

  async function* all(
    prefix: string,
    first?: string,
  ): AsyncGenerator<{ key: string; value: unknown }> {
    let after = first
    for (;;) {
      const page = await storage.list(prefix, {
        limit: pageSize,
        ...(after !== undefined && { after }),
      })
      yield* page
      if (page.length < pageSize) return
      after = page.at(-1)?.key
    }
  }

  async function* blocks(chain: string, from = 0): AsyncGenerator<Block> {
    const first = from > 0 ? blockKey(chain, from - 1) : undefined
    for await (const { key, value } of all(`block/${chain}/`, first)) {
      // Written by this plugin alone. Whether it is still what was written is for the verifier to say.
      if (Array.isArray(value)) yield { key, entries: value }
    }
  }

  return {
    async chains({ after, limit = pageSize } = {}) {
      const page = await storage.list('chain/', {
        limit,
        ...(after !== undefined && { after: `chain/${after}` }),
      })
      return page.map(({ key }) => key.slice('chain/'.length))
    },
    register: (chain) => storage.set(`chain/${chain}`, true),
    forget: (chain) => storage.delete(`chain/${chain}`),
    setTip: (chain, near) => storage.set(`tip/${chain}`, near),
    async tips() {
      const tips = []
      for await (const { key, value } of all('tip/')) {
        tips.push({ chain: key.slice('tip/'.length), near: Number(value) })
      }
      return tips
    },
    removeTip: (chain) => storage.delete(`tip/${chain}`),
    setAlive: (chain, ttlMs) => storage.set(`alive/${chain}`, true, { ttlMs }),
    isAlive: async (chain) => (await storage.get(`alive/${chain}`)) !== undefined,
    write: (entries) => storage.set(blockKey(entries[0].chain, entries[0].seq), entries),
    blocks,
    remove: ({ key }) => storage.delete(key),
    async headOf(chain, near) {
      let last: Entry | undefined
      for await (const { entries } of blocks(chain, near)) last = entries.at(-1)
      return last && headOf(last)
    },
    takeTurn: async (turn, ttlMs) => (await storage.increment(`turn/${turn}`, 1, { ttlMs })) === 1,
    giveBackTurn: (turn) => storage.delete(`turn/${turn}`),
  }
}
