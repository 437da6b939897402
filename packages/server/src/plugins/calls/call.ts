import type { Call } from '@secure-chat/plugin-sdk/server'
import type { Admission } from './breaker.ts'

/**
 * One call of a handler: what the handler is given of it (`Call`), and what the hook must know of it. A class for
 * once: an object literal with a getter costs ten times as much to make, and this is made for every message and
 * plugin. The controller is made when somebody asks for the signal; most handlers never do.
 */
export class HookCall implements Call {
  readonly requestId: string
  readonly #admission: Admission
  readonly #startedAt: number
  #controller: AbortController | undefined
  #isOver = false

  constructor(requestId: string, admission: Admission, startedAt: number) {
    this.requestId = requestId
    this.#admission = admission
    this.#startedAt = startedAt
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#isOver) this.#controller.abort(budgetIsOver())
    }
    return this.#controller.signal
  }

  /** The budget is over. */
  static end(call: HookCall): void {
    call.#isOver = true
    call.#controller?.abort(budgetIsOver())
  }

  static admissionOf(call: HookCall): Admission {
    return call.#admission
  }

  static startOf(call: HookCall): number {
    return call.#startedAt
  }
}

function budgetIsOver(): DOMException {
  return new DOMException('The budget of this call is over.', 'TimeoutError')
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}
