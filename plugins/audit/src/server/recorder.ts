/** The chain of this node, and what has to be done for the log from time to time. */
import type { Envelope, ServerContext } from '@secure-chat/plugin-sdk/server'
import { type Head, sha256 } from '../format/entry.ts'
import { type ChainWriter, makeChainWriter } from './chain-writer.ts'
import type { LogStore } from './log-store.ts'
import { inParts, vouchForOthers } from './other-heads.ts'
import { findExpired } from './retention.ts'

export interface Recorder {
  record(envelope: Envelope): void
  /** What was recorded on this node can be read. */
  flushed(): Promise<void>
  /** Heads that together vouch for the whole log. */
  tips(): Promise<Head[]>
  end(): Promise<void>
}

export type RecorderOptions = Pick<ServerContext, 'clock' | 'log'> & {
  readonly store: LogStore
  readonly types: readonly string[]
  readonly keepDays: number | undefined
}

const tickMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000

export function makeRecorder(options: RecorderOptions): Recorder {
  const { clock, log, store, types, keepDays } = options
  let settle: (() => Promise<void>) | undefined
  const writer: ChainWriter = makeChainWriter({
    clock,
    log,
    store,
    types,
    async firstWords() {
      const others = await vouchForOthers(store, undefined)
      settle = others.settle
      return others.statements
    },
  })
  let hour = Math.floor(clock.now() / hourMs)
  let vouchedOn = Math.floor(clock.now() / dayMs)
  let prunedOn = -1
  let ticking: Promise<void> | undefined
  let cancel = clock.setTimeout(beat, tickMs)

  function beat(): void {
    ticking = tick().finally(() => {
      cancel = clock.setTimeout(beat, tickMs)
    })
  }

  async function tick(): Promise<void> {
    try {
      await keepAlive()
      const day = Math.floor(clock.now() / dayMs)
      if (day !== vouchedOn) await vouch()
      vouchedOn = day
      if (keepDays !== undefined && day !== prunedOn) await prune(keepDays, day)
      prunedOn = day
    } catch (err) {
      log.warn({ err }, 'the audit log could not be looked after; it is tried again in a minute')
    }
  }

  async function keepAlive(): Promise<void> {
    const { head } = writer
    if (head === undefined) return
    await writer.showAlive()
    await settle?.()
    settle = undefined
    if (hour !== Math.floor(clock.now() / hourMs)) checkpoint(head)
  }

  /** Whoever keeps the server's log has by this what a cut or rewritten audit log does not fit to. */
  function checkpoint(head: Head): void {
    hour = Math.floor(clock.now() / hourMs)
    log.info({ ...head }, 'audit checkpoint')
  }

  /** Every day, by every node: what happened to a chain shows in the others. */
  async function vouch(): Promise<void> {
    const chain = writer.head?.chain
    if (chain === undefined) return
    const others = await vouchForOthers(store, chain)
    for (const statement of others.statements) writer.append(statement)
    await stored()
    await others.settle()
  }

  /** By one node a day. */
  async function prune(days: number, day: number): Promise<void> {
    const turn = `prune/${day}`
    if (!(await store.takeTurn(turn, 2 * dayMs))) return
    try {
      await removeOlder(days)
    } catch (error) {
      await store.giveBackTurn(turn)
      throw error
    }
  }

  async function removeOlder(days: number): Promise<void> {
    const before = clock.now() - days * dayMs
    const { heads, remove } = await findExpired(store, before)
    if (heads.length === 0) return
    for (const part of inParts(heads)) {
      writer.append({ kind: 'pruned', before: new Date(before).toISOString(), heads: part })
    }
    await stored()
    await remove()
    log.info(
      { chains: heads.length, before: new Date(before).toISOString() },
      'old audit entries removed',
    )
  }

  /** @throws Error when it did not work: nothing may be built on what was only appended */
  async function stored(): Promise<void> {
    await writer.flushed()
    if (writer.isBehind) throw new Error('the audit log could not be written')
  }

  return {
    record({ id, type, sender, recipient, timestamp, message }) {
      const size = Buffer.byteLength(message)
      const envelope = { id, type, sender, recipient, timestamp, size, sha256: sha256(message) }
      writer.append({ kind: 'envelope', envelope })
    },
    flushed: () => writer.flushed(),
    async tips() {
      await writer.flushed()
      const own = writer.head
      const heads: Head[] = own === undefined ? [] : [own]
      for (const { chain, near } of await store.tips()) {
        const head = chain === own?.chain ? undefined : await store.headOf(chain, near)
        if (head !== undefined) heads.push(head)
      }
      return heads
    },
    async end() {
      cancel()
      await ticking
      cancel()
      const lost = await writer.end()
      const { head } = writer
      if (lost > 0)
        log.error({ lost }, 'entries of the audit log could not be written before the end')
      else if (head !== undefined) log.info({ ...head }, 'audit log closed')
    },
  }
}
