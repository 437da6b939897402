import type { Context } from '../messaging/context.ts'
import { type Flushed, flushOutbox } from './flush.ts'
import type { Lease } from './lease.ts'

/** Sends the outbox, one round at a time in this process. */
export type Sender = {
  /** Joins a round that starts after this call, so that what was added before it is looked at. */
  flush(options?: { signal?: AbortSignal }): Promise<Flushed>
  /** Inside a transaction that adds to the outbox: saves the round that follows a write of its own. */
  prepare(): void
}

/** A round and who waits for it: it stops only when all of them have given up. */
type Round = { result: Promise<Flushed>; waiting: number; stop: AbortController }

export function makeSender(context: Context, lease: Lease): Sender {
  let running: Promise<unknown> | undefined
  let next: Round | undefined

  function nextRound(): Round {
    if (next) return next
    const stop = new AbortController()
    const before = running
    const round: Round = { result: run(), waiting: 0, stop }
    next = round
    return round

    async function run(): Promise<Flushed> {
      // Even without a round to wait for, everybody who calls in this tick joins.
      await before
      next = undefined
      const result = flushOutbox(context, lease, { signal: stop.signal })
      const settled = result.then(nothing, nothing)
      running = settled
      try {
        return await result
      } finally {
        if (running === settled) running = undefined
      }
    }
  }

  return {
    prepare: () => void lease.take(),
    flush: ({ signal } = {}) => join(nextRound(), signal),
  }
}

function join(round: Round, signal: AbortSignal | undefined): Promise<Flushed> {
  round.waiting += 1
  if (!signal) return round.result
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      round.waiting -= 1
      if (round.waiting === 0) round.stop.abort(signal.reason)
      reject(signal.reason)
    }
    const settle = (): void => signal.removeEventListener('abort', giveUp)
    round.result.then(resolve, reject).finally(settle)
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
}

const nothing = (): void => undefined
