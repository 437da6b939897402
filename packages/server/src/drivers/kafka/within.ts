import { unavailable } from './failure.ts'

/**
 * The outcome of work on a broker, or a refusal when it takes longer than any caller should wait, in real time. The
 * work goes on; that it failed later is nobody's news any more.
 */
export function within<T>(waitMs: number, work: Promise<T>, engine = 'Kafka'): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(unavailable(`${engine} did not answer in time`)), waitMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
