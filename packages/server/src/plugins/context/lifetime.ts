import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import { ChatError } from '@secure-chat/protocol'
import type { Clock, Log } from '../../ports/index.ts'
import { makeGate } from './gate.ts'

/** Everything of a plugin that must end with it. */
export interface Lifetime {
  readonly signal: AbortSignal
  /** Time that ends with the plugin. */
  readonly clock: ServerContext['clock']
  /**
   * Runs a call into the server; rejects with `plugin_error` once the plugin is closed. A rejection that nobody in the
   * plugin takes ends no process.
   */
  guard<T>(what: string, work: () => Promise<T>): Promise<T>
  /** Aborts the signal, so that the plugin stops what it began; `guard` still works. */
  abort(): void
  /** No timer fires and no call goes through any more. */
  end(): void
}

export function makeLifetime({
  plugin,
  clock,
  log,
}: {
  readonly plugin: string
  readonly clock: Clock
  readonly log: Log
}): Lifetime {
  const controller = new AbortController()
  const timers = new Set<() => void>()
  const gate = makeGate(plugin)
  let isEnded = false

  function failed(err: unknown): void {
    log.warn({ event: 'plugin.failed', plugin, hook: 'timer', err }, 'plugin failed in a timer')
  }

  return {
    signal: controller.signal,
    clock: {
      now: () => clock.now(),
      setTimeout(run, ms) {
        if (isEnded) return () => undefined
        const stop = clock.setTimeout(
          () => {
            timers.delete(cancel)
            try {
              // An async function is a function too, and its rejection would end the process.
              const result: unknown = run()
              if (result instanceof Promise) result.catch(failed)
            } catch (error) {
              failed(error)
            }
          },
          Number.isFinite(ms) ? ms : 0,
        )
        const cancel = () => {
          timers.delete(cancel)
          stop()
        }
        timers.add(cancel)
        return cancel
      },
    },
    guard(what, work) {
      const result = isEnded
        ? Promise.reject<never>(
            new ChatError('plugin_error', `${what} was called after plugin ${plugin} was closed.`),
          )
        : gate(work)
      result.catch(() => undefined)
      return result
    },
    abort: () => controller.abort(),
    end() {
      isEnded = true
      controller.abort()
      for (const cancel of [...timers]) cancel()
    },
  }
}
