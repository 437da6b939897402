/** JavaScript cannot stop work that was begun: it is only told, by its signal, and not waited for any longer. */
export class LateError extends Error {
  constructor(ms: number) {
    super(`it did not answer within ${ms / 1000} s`)
  }
}

/** @throws LateError, and what the work throws */
export async function within<T>(
  ms: number,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const late = new AbortController()
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const error = new LateError(ms)
    reject(error)
    late.abort(error)
  }, ms)
  try {
    return await Promise.race([work(late.signal), promise])
  } finally {
    clearTimeout(timer)
  }
}
