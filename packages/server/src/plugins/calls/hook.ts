import type { Call } from '@secure-chat/plugin-sdk/server'
import type { Clock, Log } from '../../ports/index.ts'
import { textOf } from '../text-of.ts'
import { type Admission, type Breaker, makeBreaker } from './breaker.ts'
import { HookCall, isThenable } from './call.ts'
import { makeDeadlines, type Waiting } from './deadlines.ts'
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
  const deadlines = makeDeadlines(clock)
  /** One for all calls that are not made: an error of its own for each, with its stack, costs as much as a send. */
  const whileOpen = new HookFailure(
    'open',
    `Plugin ${plugin}, ${name}: failed too often, not called.`,
  )
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

  function failure(kind: FailureKind, text: string, call: HookCall, cause?: unknown): HookFailure {
    stats.took(clock.monotonic() - HookCall.startOf(call))
    return note(kind, text, call.requestId, HookCall.admissionOf(call), cause)
  }

  /** @throws HookFailure when it is late, or no answer */
  function accept<T>(raw: unknown, call: HookCall, read: (raw: unknown) => T): T {
    const tookMs = clock.monotonic() - HookCall.startOf(call)
    // A handler that held the thread beyond its budget made everybody wait: late is late.
    if (tookMs > budgetMs) throw failure('late', `took ${Math.round(tookMs)} ms`, call)
    let answer: T
    try {
      answer = read(raw)
    } catch (cause) {
      throw failure('bad_answer', textOf(cause), call, cause)
    }
    stats.took(tookMs)
    breaker.succeeded(HookCall.admissionOf(call))
    return answer
  }

  /** What comes after the budget comes to nobody; that it may be a rejection is why it is taken all the same. */
  function wait<T>(
    raw: PromiseLike<unknown>,
    call: HookCall,
    read: (raw: unknown) => T,
  ): Promise<T> {
    running += 1
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        deadline: HookCall.startOf(call) + budgetMs,
        older: undefined,
        newer: undefined,
        expire() {
          finish()
          HookCall.end(call)
          reject(failure('late', `had no answer after ${budgetMs} ms`, call))
        },
      }
      deadlines.add(waiting)
      const onRejected = (cause: unknown) => {
        if (!deadlines.remove(waiting)) return
        finish()
        reject(failure('threw', `rejected with ${textOf(cause)}`, call, cause))
      }
      try {
        Promise.resolve(raw).then((value) => {
          if (!deadlines.remove(waiting)) return
          finish()
          try {
            resolve(accept(value, call, read))
          } catch (error) {
            reject(error)
          }
        }, onRejected)
      } catch (cause) {
        // A promise whose own members throw.
        onRejected(cause)
      }
    })
  }

  function finish(): void {
    running -= 1
    if (running === 0) whenIdle?.()
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
        throw whileOpen
      }
      stats.calls += 1
      const call = new HookCall(requestId, admission, clock.monotonic())
      let raw: unknown
      let isPromise: boolean
      try {
        raw = handler(subject, call)
        isPromise = isThenable(raw)
      } catch (cause) {
        throw failure('threw', `threw ${textOf(cause)}`, call, cause)
      }
      return isPromise ? wait(raw as PromiseLike<unknown>, call, read) : accept(raw, call, read)
    },
    end() {
      isEnded = true
      return running === 0 ? Promise.resolve() : new Promise((resolve) => (whenIdle = resolve))
    },
    blame: (text, requestId) => note('bad_answer', text, requestId, 'pass'),
  }
}
