import type { Call } from '@secure-chat/plugin-sdk/server'
import type { Clock, Log } from '../../ports/index.ts'
import { type Hook, HookFailure } from '../calls/hook.ts'

/** Tells one plugin what happened. Nobody waits for it, and what it does wrong is its own matter. */
export interface Watcher<S> {
  /** @param bytes about what the subject keeps in memory while it waits */
  notify(subject: S, requestId: string, bytes?: number): void
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>
}

const runningMax = 64
const waitingMax = 1000
const waitingMaxBytes = 16 * 1024 * 1024
const reportEveryMs = 30_000

/** In order of what happened, at most 64 side by side; beyond what may wait, news are dropped, counted and logged. */
export function makeWatcher<S>({
  hook,
  handler,
  clock,
  log,
}: {
  readonly hook: Hook
  readonly handler: (subject: S, call: Call) => unknown
  readonly clock: Pick<Clock, 'monotonic'>
  readonly log: Pick<Log, 'warn'>
}): Watcher<S> {
  const waiting: Array<{ subject: S; requestId: string; bytes: number }> = []
  let waitingBytes = 0
  let running = 0
  let isScheduled = false
  let reportedAt = Number.NEGATIVE_INFINITY
  const idlers: Array<() => void> = []

  function drop(): void {
    hook.stats.dropped += 1
    const now = clock.monotonic()
    if (now - reportedAt < reportEveryMs) return
    reportedAt = now
    log.warn(
      {
        event: 'plugin.dropped',
        plugin: hook.plugin,
        hook: hook.name,
        dropped: hook.stats.dropped,
      },
      'plugin does not keep up: it misses events',
    )
  }

  /** In a turn of its own: the send that this is about has its answer first. */
  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      work()
    })
  }

  function work(): void {
    const taken = waiting.splice(0, runningMax - running)
    for (const { subject, requestId, bytes } of taken) {
      waitingBytes -= bytes
      const done = tell(subject, requestId)
      if (done === undefined) continue
      running += 1
      done.then(() => {
        running -= 1
        work()
      })
    }
    if (waiting.length > 0 && running < runningMax) schedule()
    if (waiting.length === 0 && running === 0) {
      for (const wake of idlers.splice(0)) wake()
    }
  }

  /** Undefined: done. What fails has been counted and logged by the hook. */
  function tell(subject: S, requestId: string): Promise<void> | undefined {
    try {
      const answer = hook.run(handler, subject, requestId, nothing)
      return answer instanceof Promise ? answer.catch(forget) : undefined
    } catch (error) {
      forget(error)
      return undefined
    }
  }

  return {
    notify(subject, requestId, bytes = 256) {
      if (waiting.length >= waitingMax || waitingBytes + bytes > waitingMaxBytes) return drop()
      waiting.push({ subject, requestId, bytes })
      waitingBytes += bytes
      schedule()
    },
    idle: () =>
      waiting.length === 0 && running === 0
        ? Promise.resolve()
        : new Promise((resolve) => idlers.push(resolve)),
  }
}

function nothing(): undefined {
  return undefined
}

function forget(error: unknown): void {
  if (!(error instanceof HookFailure)) throw error
}
