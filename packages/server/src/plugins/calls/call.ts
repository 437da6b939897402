import type { Call } from '@secure-chat/plugin-sdk/server'

/** The controller is made when somebody asks for the signal: most handlers never do, and each costs a microsecond. */
export function makeCall(requestId: string): { call: Call; abort: () => void } {
  let controller: AbortController | undefined
  let isOver = false
  const over = () => new DOMException('The budget of this call is over.', 'TimeoutError')
  return {
    call: {
      requestId,
      get signal() {
        if (controller === undefined) {
          controller = new AbortController()
          if (isOver) controller.abort(over())
        }
        return controller.signal
      },
    },
    abort() {
      isOver = true
      controller?.abort(over())
    },
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}

/** Whatever was thrown, in words. */
export function textOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message.slice(0, 500)
  try {
    return String(thrown).slice(0, 500)
  } catch {
    return 'something without a text'
  }
}
