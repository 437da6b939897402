import { randomInt } from 'node:crypto'
import { sleep } from '../clock.ts'
import type { Context } from '../messaging/context.ts'
import type { LiveEvent } from '../messaging/types.ts'
import type { Sender } from '../outbox/sender.ts'
import { askForMissing, runJobs } from '../sync/run-jobs.ts'
import { makeEventQueue } from './event-queue.ts'
import { makeFeed } from './feed.ts'
import { followStream } from './follow-stream.ts'

/** How long what another process stored stays unseen at most. */
const lookMs = 100
/** Between two rounds of what is due: retries, receipts, questions for lines that cannot be read. */
const roundMs = 2_000

/**
 * Everything that happens from now on, until the signal: lines and their states as they stand in the vault
 * (whoever on this profile stored them), presence, the state of the connection.
 *
 * @throws ChatError, out of the iteration, for what cannot heal: `token_invalid`, `disk_full`
 */
export function live(
  context: Context,
  sender: Sender,
  {
    signal,
    random = () => randomInt(1_000_000) / 1_000_000,
    // At the call, not at the first read: nothing between the two is to be missed.
    feed = makeFeed(context),
  }: { signal: AbortSignal; random?: () => number; feed?: ReturnType<typeof makeFeed> },
): AsyncGenerator<LiveEvent> {
  return iterate(context, sender, { signal, random, feed })
}

async function* iterate(
  context: Context,
  sender: Sender,
  o: { signal: AbortSignal; random: () => number; feed: ReturnType<typeof makeFeed> },
): AsyncGenerator<LiveEvent> {
  const stop = new AbortController()
  const signal = AbortSignal.any([o.signal, stop.signal])
  const queue = makeEventQueue<LiveEvent>()
  const look = (): void => {
    for (let events = o.feed.take(); events.length > 0; events = o.feed.take()) {
      for (const event of events) queue.push(event)
    }
  }
  let isOnline = false
  const rounds = makeRounds(context, sender, { signal, isOnline: () => isOnline })
  const following = followStream(context, {
    signal,
    random: o.random,
    emit: (event) => queue.push(event),
    onKept() {
      look()
      rounds.kick()
    },
    onOnline() {
      isOnline = true
      rounds.kick()
    },
    onOffline() {
      isOnline = false
    },
  })
  const running = [following, rounds.run(), every(context, lookMs, signal, look)]
  signal.addEventListener('abort', () => queue.end(), { once: true })
  for (const task of running) {
    task.then(
      () => queue.end(),
      (error: unknown) => (signal.aborted ? queue.end() : queue.end(error)),
    )
  }
  try {
    yield* queue.read()
  } finally {
    stop.abort()
    await Promise.allSettled(running)
  }
}

type Rounds = { kick(): void; run(): Promise<void> }

/** Does what receiving asked for and sends what waits, while the stream stands. */
function makeRounds(
  context: Context,
  sender: Sender,
  o: { signal: AbortSignal; isOnline: () => boolean },
): Rounds {
  let wake: (() => void) | undefined
  let isKicked = false
  const { signal } = o
  return {
    kick() {
      isKicked = true
      wake?.()
    },
    async run() {
      while (!signal.aborted) {
        const isQuiet = !isKicked
        isKicked = false
        if (o.isOnline()) {
          await runJobs(context, { signal })
          // Only in a quiet moment: in a burst the missing key may come right behind.
          if (isQuiet) await askForMissing(context, { signal })
          if (context.outbox.count() > 0) await sender.flush({ signal })
        }
        if (!isKicked && !signal.aborted) await pause()
      }
    },
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel()
        signal.removeEventListener('abort', done)
        wake = undefined
        resolve()
      }
      const cancel = context.clock.setTimeout(done, roundMs)
      wake = done
      signal.addEventListener('abort', done, { once: true })
    })
  }
}

async function every(
  context: Context,
  ms: number,
  signal: AbortSignal,
  run: () => void,
): Promise<void> {
  while (!signal.aborted) {
    run()
    await sleep(context.clock, ms, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
}
