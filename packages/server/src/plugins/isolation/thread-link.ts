import { ChatError, isErrorCode } from '@secure-chat/protocol'
import { textOf } from '../text-of.ts'

/** Calls across two threads, in both directions. Values are copied; an error keeps its code and text. */
export interface ThreadLink {
  ask(method: string, ...args: unknown[]): Promise<unknown>
  /** Without an answer. */
  tell(method: string, ...args: unknown[]): void
  /** Everything that waits, and all that is asked from now on, is rejected with this. */
  fail(error: Error): void
}

interface Port {
  postMessage(message: unknown): void
  on(event: 'message', listener: (message: unknown) => void): unknown
}

type Message =
  | { readonly kind: 'ask'; readonly id: number; readonly method: string; readonly args: unknown[] }
  | { readonly kind: 'tell'; readonly method: string; readonly args: unknown[] }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: CrossedError }

interface CrossedError {
  readonly text: string
  readonly code: unknown
  readonly members: unknown
}

/**
 * @param serve answers what the other side asks; what it throws crosses as an error
 * @param onTellFailed hears what `serve` throws where the other side wants no answer
 */
export function linkThreads(
  port: Port,
  serve: (method: string, args: unknown[]) => unknown,
  onTellFailed: (error: unknown) => void,
): ThreadLink {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let failure: Error | undefined
  let lastId = 0

  async function answer(id: number, method: string, args: unknown[]): Promise<void> {
    try {
      const value = await serve(method, args)
      // Not every value can be copied to another thread: that is an error like any other.
      port.postMessage({ kind: 'answer', id, value })
    } catch (error) {
      port.postMessage({ kind: 'error', id, error: crossing(error) })
    }
  }

  port.on('message', (message) => {
    // What a plugin uses may take its thread for its own and write to the parent as well.
    if (!isMessage(message)) return
    if (message.kind === 'ask') {
      void answer(message.id, message.method, message.args)
      return
    }
    if (message.kind === 'tell') {
      try {
        serve(message.method, message.args)
      } catch (error) {
        onTellFailed(error)
      }
      return
    }
    const asked = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.kind === 'answer') asked?.resolve(message.value)
    else asked?.reject(crossed(message.error))
  })

  return {
    ask(method, ...args) {
      if (failure !== undefined) return Promise.reject(failure)
      const id = ++lastId
      const asked = Promise.withResolvers<unknown>()
      waiting.set(id, asked)
      try {
        port.postMessage({ kind: 'ask', id, method, args })
      } catch (cause) {
        waiting.delete(id)
        asked.reject(cause)
      }
      return asked.promise
    },
    tell(method, ...args) {
      if (failure === undefined) port.postMessage({ kind: 'tell', method, args })
    },
    fail(error) {
      failure ??= error
      for (const asked of waiting.values()) asked.reject(failure)
      waiting.clear()
    },
  }
}

function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  const { kind, method, args, error }: Record<string, unknown> = { ...value }
  if (kind === 'ask' || kind === 'tell') return typeof method === 'string' && Array.isArray(args)
  return kind === 'answer' || (kind === 'error' && typeof error === 'object' && error !== null)
}

function crossing(error: unknown): CrossedError {
  const isObject = typeof error === 'object' && error !== null
  return {
    text: textOf(error),
    code: isObject && 'code' in error ? String(error.code) : undefined,
    members: isObject && 'members' in error ? { ...Object(error.members) } : undefined,
  }
}

function crossed({ text, code, members }: CrossedError): Error {
  return isErrorCode(code)
    ? new ChatError(code, text, { members: Object(members) })
    : new Error(text)
}
