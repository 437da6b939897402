import { AsyncLocalStorage, createHook } from 'node:async_hooks'

/** Knows what the plugin opened, by the asynchronous context in which it was made: whatever else the process does is not its. */
export interface HandleWatch {
  /** Runs code of the plugin. */
  inside<T>(run: () => T): T
  /** Runs what the plugin asked others to do. */
  outside<T>(run: () => T): T
  /** What it still has open, in words. */
  open(): string[]
  stop(): void
}

const names: Readonly<Record<string, string>> = {
  TCPSERVERWRAP: 'a listening socket',
  TCPWRAP: 'a connection',
  PIPEWRAP: 'a pipe',
  UDPWRAP: 'a UDP socket',
  PROCESSWRAP: 'a child process',
  FSEVENTWRAP: 'a watch on a file',
  STATWATCHER: 'a watch on a file',
  FILEHANDLE: 'an open file',
  WORKER: 'a thread',
  MESSAGEPORT: 'a message port',
}

/** Closed by nobody else, and yet they do not say that they keep the process alive. */
const alwaysOpen = new Set(['FILEHANDLE', 'WORKER'])

export function watchHandles(): HandleWatch {
  const scope = new AsyncLocalStorage<'plugin' | undefined>()
  const opened = new Map<number, { readonly type: string; readonly resource: WeakRef<object> }>()
  const hook = createHook({
    init(id, type, _trigger, resource) {
      if (type === 'PROMISE' || scope.getStore() === undefined) return
      opened.set(id, { type, resource: new WeakRef(resource) })
    },
    destroy: (id) => void opened.delete(id),
  }).enable()
  return {
    inside: (run) => scope.run('plugin', run),
    outside: (run) => scope.run(undefined, run),
    open: () =>
      [...opened.values()].flatMap(({ type, resource }) => {
        const there = resource.deref()
        return there === undefined ? [] : described(type, there)
      }),
    stop: () => void hook.disable(),
  }
}

function described(type: string, resource: object): string[] {
  if (type === 'Timeout') return describedTimer(resource)
  const keepsAlive = alwaysOpen.has(type) || isReferenced(resource)
  return keepsAlive ? [names[type] ?? type] : []
}

/** Members of Node's timers that have been there since timers are: `_idleTimeout`, `_repeat`, `_destroyed`. */
function describedTimer(timer: object): string[] {
  if (Reflect.get(timer, '_destroyed') === true) return []
  const ms = Reflect.get(timer, '_idleTimeout')
  // One that repeats works on for nobody, whether or not it keeps the process alive.
  if (typeof Reflect.get(timer, '_repeat') === 'number') return [`an interval of ${ms} ms`]
  return isReferenced(timer) ? [`a timer of ${ms} ms`] : []
}

/** Sockets that wait for the next request in an agent, and the like, are kept but keep nothing alive. */
function isReferenced(resource: object): boolean {
  const hasRef: unknown = Reflect.get(resource, 'hasRef')
  return typeof hasRef === 'function' && Reflect.apply(hasRef, resource, []) === true
}
