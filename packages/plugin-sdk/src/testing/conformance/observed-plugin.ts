import type { Contributions } from '../../server/contributions.ts'
import type { ServerContext } from '../../server/server-context.ts'
import type { ServerPlugin } from '../../server/server-plugin.ts'
import type { Findings } from './findings.ts'
import type { HandleWatch } from './handle-watch.ts'
import { insideAll } from './inside-all.ts'
import { timedCall } from './timed-call.ts'

/** A plugin under watch: the server loads `plugin`, the checks look at the rest. */
export interface ObservedPlugin {
  readonly plugin: ServerPlugin
  /** Once made. */
  readonly contributions: Contributions | undefined
  /** Calls of `ctx` so far, clock and metrics aside. */
  readonly calls: number
}

/** A plugin that calls more often is not answered any more: it would go on for ever. */
const callsMax = 10_000

export function observe(
  plugin: ServerPlugin,
  {
    findings,
    handles,
    patienceMs,
  }: { readonly findings: Findings; readonly handles: HandleWatch; readonly patienceMs: number },
): ObservedPlugin {
  let contributions: Contributions | undefined
  let isClosed = false
  let calls = 0

  /** One function of the context. */
  function counted<F extends (...given: never[]) => unknown>(name: string, target: F): F {
    const call = (...given: Parameters<F>) => {
      calls += 1
      if (calls > callsMax)
        throw new Error(`ctx.${name}: the plugin has called ctx ${callsMax} times.`)
      if (isClosed) findings.add(`calls ctx.${name} after it was closed`)
      return handles.outside(() => target(...given))
    }
    return call as F
  }

  function observedContext(ctx: ServerContext): ServerContext {
    const { log, storage, users, clock } = ctx
    return {
      ...ctx,
      // A last line of work that ends is no fault.
      log: {
        debug: notAfterClose(log.debug),
        info: notAfterClose(log.info),
        warn: notAfterClose(log.warn),
        error: notAfterClose(log.error),
      },
      clock: {
        now: clock.now,
        setTimeout: (run, ms) => {
          if (isClosed) findings.add('calls ctx.clock.setTimeout after it was closed')
          return handles.outside(() => clock.setTimeout(() => handles.inside(run), ms))
        },
      },
      storage: {
        get: counted('storage.get', storage.get),
        set: counted('storage.set', storage.set),
        delete: counted('storage.delete', storage.delete),
        list: counted('storage.list', storage.list),
        increment: counted('storage.increment', storage.increment),
      },
      users: {
        exists: counted('users.exists', users.exists),
        list: counted('users.list', users.list),
        presence: counted('users.presence', users.presence),
      },
      send: counted('send', ctx.send),
    }
  }

  function notAfterClose(line: ServerContext['log']['info']): ServerContext['log']['info'] {
    return (...given) => {
      calls += 1
      if (calls > callsMax) throw new Error(`The plugin has called ctx ${callsMax} times.`)
      handles.outside(() => line(...given))
    }
  }

  async function close(): Promise<void> {
    const made = contributions
    if (made?.close !== undefined) {
      const outcome = await timedCall(patienceMs, () => handles.inside(() => made.close?.()))
      if (outcome.kind !== 'answered') findings.add(`cannot be closed: close ${outcome.complaint}`)
    }
    isClosed = true
  }

  return {
    plugin: {
      ...plugin,
      async create(ctx, config) {
        const making = () => handles.inside(() => plugin.create(observedContext(ctx), config))
        const outcome = await timedCall(patienceMs, making)
        if (outcome.kind !== 'answered') throw new Error(`create ${outcome.complaint}`)
        if (typeof outcome.answer !== 'object' || outcome.answer === null) {
          return outcome.answer as Contributions
        }
        contributions = insideAll(outcome.answer, handles)
        return { ...contributions, close }
      },
    },
    get contributions() {
      return contributions
    },
    get calls() {
      return calls
    },
  }
}
