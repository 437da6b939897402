import type { Call } from '@secure-chat/plugin-sdk/server'
import type { Clock, Log } from '../../ports/index.ts'
import { type Admission, type Breaker, makeBreaker } from './breaker.ts'
import { isThenable, makeCall, textOf } from './call.ts'
import { type HookStats, makeHookStats } from './hook-stats.ts'

/** Why a handler has no answer: it threw, was late, answered what is none; or it was not called at all, by its breaker or because the plugin is closed. */
export type FailureKind = 'threw' | 'late' | 'bad_answer' | 'open' | 'ended'

/** A handler of a plugin that has no answer; what follows is its kind's rule. */
export class HookFailure extends Error {
  override readonly name = 'HookFailure'
  readonly kind: FailureKind
  constructor(kind: FailureKind, text: string, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause })
    this.kind = kind
  }
}

/** One hook of one plugin: all its calls go through this, so each has a budget, a breaker and is counted. */
export interface Hook {
  readonly plugin: string
  readonly name: string
  readonly stats: HookStats
  readonly breaker: Breaker
  /**
   * Calls the handler; at once when it answers at once, and never waiting beyond the budget.
   *
   * @param read makes the answer of what came, and throws on what is none
   * @throws HookFailure, at once or by the promise
   */
  run<S, T>(
    handler: (subject: S, call: Call) => unknown,
    subject: S,
    requestId: string,
    read: (raw: unknown) => T,
  ): T | Promise<T>
  /** No further call; resolves when those under way have their answer, or are late. */
  end(): Promise<void>
  /** An answer that turned out to be none after `run` had taken it. */
  blame(text: string, requestId: string): HookFailure
}

export function makeHook({
  plugin,
  name,
  budgetMs,
  clock,
  log,
}: {
  readonly plugin: string
  readonly name: string
  readonly budgetMs: number
  readonly clock: Clock
  readonly log: Log
}): Hook {
  const stats = makeHookStats()
  let isEnded = false
  let running = 0
  let whenIdle: (() => void) | undefined
  const breaker = makeBreaker({
    clock,
    onChanged(state) {
      const fields = { event: 'plugin.breaker', plugin, hook: name, state }
      if (state === 'open') log.warn(fields, 'plugin is not called for 30 s: it failed too often')
      else log.info(fields, state === 'closed' ? 'plugin is called again' : 'plugin gets one trial')
    },
  })

  function failure(
    kind: FailureKind,
    text: string,
    of: { admission: Admission; startedAt: number; requestId: string },
    cause?: unknown,
  ): HookFailure {
    stats.took(clock.monotonic() - of.startedAt)
    return note(kind, text, of.requestId, of.admission, cause)
  }

  function note(
    kind: FailureKind,
    text: string,
    requestId: string,
    admission: Admission,
    cause?: unknown,
  ): HookFailure {
    stats.failures += 1
    if (kind === 'late') stats.late += 1
    const failed = new HookFailure(kind, `Plugin ${plugin}, ${name}: ${text}`, cause)
    stats.lastFailure = { at: clock.now(), text }
    log.warn(
      { event: 'plugin.failed', plugin, hook: name, kind, request_id: requestId, err: failed },
      'plugin failed',
    )
    breaker.failed(admission)
    return failed
  }

  return {
    plugin,
    name,
    stats,
    breaker,
    run(handler, subject, requestId, read) {
      if (isEnded) throw new HookFailure('ended', `Plugin ${plugin} is closed.`)
      const admission = breaker.admit()
      if (admission === undefined) {
        stats.skipped += 1
        throw new HookFailure('open', `Plugin ${plugin}, ${name}: failed too often, not called.`)
      }
      stats.calls += 1
      const startedAt = clock.monotonic()
      const of = { admission, startedAt, requestId }
      const { call, abort } = makeCall(requestId)

      const finish = (raw: unknown) => {
        const tookMs = clock.monotonic() - startedAt
        // A handler that held the thread beyond its budget made everybody wait: late is late.
        if (tookMs > budgetMs) throw failure('late', `took ${Math.round(tookMs)} ms`, of)
        let answer: ReturnType<typeof read>
        try {
          answer = read(raw)
        } catch (cause) {
          throw failure('bad_answer', textOf(cause), of, cause)
        }
        stats.took(tookMs)
        breaker.succeeded(admission)
        return answer
      }

      let raw: unknown
      try {
        raw = handler(subject, call)
        if (!isThenable(raw)) return finish(raw)
      } catch (cause) {
        if (cause instanceof HookFailure) throw cause
        throw failure('threw', `threw ${textOf(cause)}`, of, cause)
      }
      const answer = Promise.resolve(raw)
      running += 1
      return new Promise<ReturnType<typeof read>>((resolve, reject) => {
        let isOver = false
        const cancel = clock.setTimeout(
          () => {
            isOver = true
            abort()
            reject(failure('late', `had no answer after ${budgetMs} ms`, of))
          },
          budgetMs - (clock.monotonic() - startedAt),
        )
        // What comes after the budget comes to nobody; that it may be a rejection is why it is taken here.
        const settle = (run: () => void) => {
          if (isOver) return
          isOver = true
          cancel()
          run()
        }
        answer.then(
          (value) =>
            settle(() => {
              try {
                resolve(finish(value))
              } catch (error) {
                reject(error)
              }
            }),
          (cause: unknown) =>
            settle(() => reject(failure('threw', `rejected with ${textOf(cause)}`, of, cause))),
        )
      }).finally(() => {
        running -= 1
        if (running === 0) whenIdle?.()
      })
    },
    end() {
      isEnded = true
      return running === 0 ? Promise.resolve() : new Promise((resolve) => (whenIdle = resolve))
    },
    blame: (text, requestId) => note('bad_answer', text, requestId, 'pass'),
  }
}
