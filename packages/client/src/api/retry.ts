import { randomInt } from 'node:crypto'
import { isChatError } from '@secure-chat/protocol'
import { type Clock, sleep } from '../clock.ts'

/** Longer waits are the caller's to decide: a command must not sit there without a word. */
const longestWaitMs = 5_000
const firstWaitMs = 200
/** Two, so that a server that is down is reported within half a second. */
const retries = 2

/**
 * Runs what may be repeated, again after failures that pass by themselves (network, 503), after a back-off with
 * full jitter, or after `Retry-After` when the server named a short one.
 */
export async function withRetries<T>(
  run: () => Promise<T>,
  {
    clock,
    random = randomShare,
    signal,
  }: { clock: Clock; random?: () => number; signal?: AbortSignal | undefined },
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      const waitMs = waitBeforeRetry(error, attempt, random)
      if (waitMs === undefined || signal?.aborted) throw error
      await sleep(clock, waitMs, signal)
    }
  }
}

function waitBeforeRetry(
  error: unknown,
  attempt: number,
  random: () => number,
): number | undefined {
  if (attempt >= retries || !isChatError(error)) return undefined
  if (error.code !== 'network_unreachable' && error.status !== 503) return undefined
  const asked = (error.retryAfterS ?? 0) * 1000
  if (asked > longestWaitMs) return undefined
  return asked + random() * firstWaitMs * 2 ** attempt
}

function randomShare(): number {
  return randomInt(1_000_000) / 1_000_000
}
