import type { ServerContext } from '@secure-chat/plugin-sdk/server'

/** What a plugin in another thread may call of its `ctx`; the context itself checks what it is called with. */
export function callContext(ctx: ServerContext, method: string, args: readonly unknown[]): unknown {
  const { storage, users, send } = ctx
  const allowed: Readonly<Record<string, (...args: never[]) => Promise<unknown>>> = {
    'storage.get': storage.get,
    'storage.set': storage.set,
    'storage.delete': storage.delete,
    'storage.list': storage.list,
    'storage.increment': storage.increment,
    'users.exists': users.exists,
    'users.list': users.list,
    'users.presence': users.presence,
    send,
  }
  const call = Object.hasOwn(allowed, method) ? allowed[method] : undefined
  if (call === undefined) throw new TypeError(`A plugin cannot call ${method}.`)
  return call(...(args as never[]))
}

/** Log lines and numbers of a plugin in another thread. */
export function noteOf(ctx: ServerContext, method: string, args: readonly unknown[]): void {
  const [first, second, third, fourth] = args
  if (method === 'log') {
    const level = ['debug', 'info', 'warn', 'error'].find((one) => one === first)
    if (level === undefined) return
    ctx.log[level as 'info'](Object(second), third === undefined ? undefined : String(third))
  }
  if (method === 'metric' && typeof fourth === 'number') {
    const [name, help] = [String(second), String(third)]
    if (first === 'counter') ctx.metrics.counter(name, help).add(fourth)
    else ctx.metrics.histogram(name, help).record(fourth)
  }
}
