import type { Context } from '../messaging/context.ts'
import { type Flushed, flushOutbox } from './flush.ts'
import type { Lease } from './lease.ts'

/** Sends the outbox; calls while it runs are joined to one more round behind it. */
export type Sender = {
  flush(options?: { signal?: AbortSignal }): Promise<Flushed>
  /** Inside a transaction that adds to the outbox: saves the round that follows a write of its own. */
  prepare(): void
}

export function makeSender(context: Context, lease: Lease): Sender {
  let running: Promise<Flushed> | undefined
  let waiting: Promise<Flushed> | undefined
  const start = (options: { signal?: AbortSignal }): Promise<Flushed> => {
    const run = flushOutbox(context, lease, options).finally(() => {
      if (running === run) running = undefined
    })
    running = run
    return run
  }
  return {
    prepare: () => void lease.take(),
    flush(options = {}) {
      if (!running) return start(options)
      // What was added before this call may lie behind the running round's last look.
      waiting ??= running
        .then(
          () => undefined,
          () => undefined,
        )
        .then(() => {
          waiting = undefined
          return start(options)
        })
      return waiting
    },
  }
}
