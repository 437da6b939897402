/** The promise's value, or `otherwise` after so much real time: for what may never come. What comes late goes nowhere. */
export async function within<T, L = undefined>(
  promise: Promise<T>,
  ms: number,
  ...[otherwise]: L extends undefined ? [] : [L]
): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined
  promise.catch(() => undefined)
  const timeout = new Promise<L>((resolve) => {
    timer = setTimeout(() => resolve(otherwise as L), ms)
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}
