/**
 * One chain: the one of this node since its start. Appending never waits and never fails; one writer puts what waits
 * into the storage, in order, and again until it is there. What there is no more room for is counted, and the count
 * is an entry itself.
 */
import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import { newChainId } from '../format/chain-id.ts'
import {
  type Entry,
  formatName,
  type Head,
  headOf,
  makeSealer,
  type Statement,
} from '../format/entry.ts'
import { blockMaxEntries, type LogStore } from './log-store.ts'

export interface ChainWriter {
  /** Undefined until the first entry is stored. */
  readonly head: Head | undefined
  /** Is the storage not to be written at the moment? */
  readonly isBehind: boolean
  append(statement: Statement): void
  /** Shows the other nodes, for some minutes, that this chain goes on. Nothing before it has begun. */
  showAlive(): Promise<void>
  /** Resolves when what was appended so far is stored, or the attempt to store it has failed. */
  flushed(): Promise<void>
  /** The last entry, and one last attempt. @returns how many entries could not be stored */
  end(): Promise<number>
}

export type ChainWriterOptions = Pick<ServerContext, 'clock' | 'log'> & {
  readonly store: LogStore
  readonly types: readonly string[]
  /** Statements about other chains that stand right behind the start. */
  readonly firstWords: () => Promise<readonly Statement[]>
  /** Entries that may wait for the storage. */
  readonly waitingMax?: number
}

/** With the entries' members this stays well under the 64 KiB of a stored value. */
const blockMaxBytes = 48 * 1024
const retryMs = [1_000, 2_000, 5_000, 10_000]
/** A node that was not heard of for so long has stopped. */
const aliveMs = 180_000
/** A tip's place is written down so often: finding its end reads no more blocks than this. */
const tipEveryBlocks = 100

type Seal = ReturnType<typeof makeSealer>
type Waiting = { readonly statement: Statement; readonly at: string }

export function makeChainWriter(options: ChainWriterOptions): ChainWriter {
  const { clock, log, store, types, firstWords, waitingMax = 10_000 } = options
  const now = () => new Date(clock.now()).toISOString()
  const waiting: Waiting[] = []
  let missed: { count: number; since: string; until: string } | undefined
  let chain: string | undefined
  let begun: Seal | undefined
  let block: [Entry, ...Entry[]] | undefined
  let head: Head | undefined
  let running: Promise<void> | undefined
  let cancelRetry: (() => void) | undefined
  /** Number that the last block begins with. */
  let near = 0
  let isEnded = false
  let failures = 0
  let blocks = 0

  function append(statement: Statement): void {
    if (waiting.length >= waitingMax) {
      const at = now()
      missed = { count: (missed?.count ?? 0) + 1, since: missed?.since ?? at, until: at }
      return
    }
    noteMissed()
    waiting.push({ statement, at: now() })
    if (cancelRetry === undefined) void run()
  }

  /** In its place: behind what waited when there was no room, before what comes after. */
  function noteMissed(): void {
    if (missed === undefined) return
    const { count, since, until } = missed
    missed = undefined
    waiting.push({ statement: { kind: 'gap', missed: count, since, until }, at: now() })
  }

  function run(): Promise<void> {
    running ??= write().finally(() => {
      running = undefined
      // What came after the last look and before this.
      if (waiting.length > 0 && cancelRetry === undefined && !isEnded) void run()
    })
    return running
  }

  async function write(): Promise<void> {
    try {
      while (waiting.length > 0 || block !== undefined || missed !== undefined) {
        if (waiting.length === 0 && block === undefined) noteMissed()
        begun ??= await begin()
        block ??= nextBlock(begun)
        await store.write(block)
        head = headOf(block.at(-1) ?? block[0])
        near = block[0].seq
        block = undefined
        failures = 0
        blocks += 1
        if (blocks % tipEveryBlocks === 0) await store.setTip(head.chain, near)
      }
    } catch (error) {
      // A block that may or may not have come is written again as it is: the same bytes under the same key.
      const waitMs = retryMs[Math.min(failures, retryMs.length - 1)] ?? 0
      failures += 1
      log.warn(
        { err: error, waiting: waiting.length },
        'the audit log cannot be written; it is tried again',
      )
      cancelRetry = clock.setTimeout(() => {
        cancelRetry = undefined
        void run()
      }, waitMs)
    }
  }

  function isBehind(): boolean {
    return cancelRetry !== undefined
  }

  function stopRetry(): void {
    cancelRetry?.()
    cancelRetry = undefined
  }

  async function begin() {
    // One name for all attempts, so that none leaves an empty chain behind.
    chain ??= newChainId(clock.now())
    const words = await firstWords()
    await store.register(chain)
    await store.setTip(chain, 0)
    await store.setAlive(chain, aliveMs)
    const at = waiting[0]?.at ?? now()
    const start: Statement = { kind: 'start', format: formatName, types }
    waiting.unshift(...[start, ...words].map((statement) => ({ statement, at })))
    return makeSealer(chain)
  }

  /** As many of those that wait as fit; there is one at least. */
  function nextBlock(seal: Seal): [Entry, ...Entry[]] {
    let bytes = 0
    let count = 0
    for (const { statement } of waiting) {
      bytes += JSON.stringify(statement).length + 300
      if (count > 0 && (bytes > blockMaxBytes || count >= blockMaxEntries)) break
      count += 1
    }
    const [first, ...others] = waiting
      .splice(0, count)
      .map(({ statement, at }) => seal(statement, at))
    if (first === undefined) throw new Error('a block is made of what waits, and nothing waits')
    return [first, ...others]
  }

  return {
    get head() {
      return head
    },
    get isBehind() {
      return isBehind()
    },
    append,
    async showAlive() {
      if (head === undefined) return
      await store.setAlive(head.chain, aliveMs)
      // Again, in case another node took this chain for dead while the database was away.
      await store.setTip(head.chain, near)
    },
    async flushed() {
      if (cancelRetry === undefined && waiting.length > 0) void run()
      await running
    },
    async end() {
      if (begun !== undefined || waiting.length > 0) append({ kind: 'end' })
      isEnded = true
      stopRetry()
      // One that is under way may have looked before the last word came.
      await run()
      if (waiting.length > 0 && !isBehind()) await run()
      stopRetry()
      return waiting.length + (block?.length ?? 0) + (missed?.count ?? 0)
    },
  }
}
