import { randomUUID } from 'node:crypto'
import type { Log } from '../../../ports/index.ts'
import { reasonsOf } from '../../kafka/failure.ts'
import type { LaneStore } from '../store.ts'

/** Which nodes share the lanes among them. */
export interface Membership {
  /** Of this node. */
  readonly id: string
  /** Resolves when the nodes were looked at once. */
  start(): Promise<void>
  /** Lets the others have this node's share at once. */
  stop(): Promise<void>
}

const beatMs = 1000
/** A node whose beat did not move for so long is taken for dead; by the watch of who looks, so clocks may differ. */
const deadMs = 4000
/** Its document goes when nobody can be waiting for it any more. */
const forgottenMs = 60_000

/**
 * Every node counts on in a document of its own and looks at those of the others. Two nodes may differ for a moment
 * about who is alive and both copy a lane: that writes the same documents twice and harms nothing.
 */
export function makeMembership(o: {
  readonly store: LaneStore
  readonly log: Log
  /** Called with every look, this node among them. */
  readonly onNodes: (ids: readonly string[]) => void
}): Membership {
  const { nodes } = o.store
  const id = randomUUID()
  const seen = new Map<string, { readonly beat: number; readonly at: number }>()
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> | undefined
  let isStopped = false
  let isFailing = false

  async function look(): Promise<void> {
    await nodes.updateOne({ _id: id }, { $inc: { beat: 1 } }, { upsert: true })
    const found = await nodes.find({ _id: { $gt: '' } }).toArray()
    const now = performance.now()
    for (const { _id, beat } of found) {
      if (seen.get(_id)?.beat !== beat) seen.set(_id, { beat, at: now })
    }
    const present = new Map(found.map(({ _id, beat }) => [_id, beat]))
    for (const [other, { beat, at }] of seen) {
      if (!present.has(other)) seen.delete(other)
      else if (now - at > forgottenMs) await nodes.deleteOne({ _id: other, beat })
    }
    const alive = [...seen].filter(([, { at }]) => now - at <= deadMs).map(([other]) => other)
    if (!isStopped) o.onNodes(alive)
  }

  async function beat(): Promise<void> {
    try {
      await look()
      isFailing = false
    } catch (error) {
      // Who cannot look goes on with what it has: so do the others, and what both do is the same.
      if (!isFailing)
        o.log.warn(
          { reason: reasonsOf(error) },
          'MongoDB does not tell which nodes share the lanes',
        )
      isFailing = true
    }
    if (!isStopped) timer = setTimeout(begin, beatMs)
  }

  function begin(): void {
    round = beat()
  }

  return {
    id,
    async start() {
      begin()
      await round
    },
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await round
      await nodes.deleteOne({ _id: id }).catch((error: unknown) => {
        o.log.debug(
          { reason: reasonsOf(error) },
          'the other nodes will miss this one by themselves',
        )
      })
    },
  }
}
