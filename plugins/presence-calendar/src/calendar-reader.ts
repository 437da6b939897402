import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import type { ReadCalendarOptions, Reading } from './reading/read-calendar.ts'

/** Reads calendars, one after the other, in a thread that is ended when one takes too long. */
export interface CalendarReader {
  /** @throws Error that says what is wrong with the calendar */
  read(text: string, options: ReadCalendarOptions): Promise<Reading>
  close(): Promise<void>
}

const memoryMaxMb = 256
/** The thread, and with it node-ical, is not kept for longer without work. */
const idleMs = 60_000

type Answer = { readonly reading: Reading } | { readonly why: string }

export function makeCalendarReader({
  clock,
  readMs,
}: {
  readonly clock: Pick<ServerContext['clock'], 'setTimeout'>
  /** How long one calendar may take, in real time: it is real work that is bounded. */
  readonly readMs: number
}): CalendarReader {
  let worker: Worker | undefined
  let last: Promise<unknown> = Promise.resolve()
  let isClosed = false
  let stopIdle: (() => void) | undefined

  function start(): Worker {
    const made = new Worker(
      new URL(`./reading/calendar-thread${extname(import.meta.url)}`, import.meta.url),
      {
        name: 'presence-calendar',
        resourceLimits: { maxOldGenerationSizeMb: memoryMaxMb },
        // What node-ical has to say of a calendar has its texts in it.
        stdout: true,
        stderr: true,
      },
    )
    made.stdout.resume()
    made.stderr.resume()
    // Who waits for an answer hears of both; without anybody who does they are no more than this.
    made.on('error', () => undefined)
    made.on('exit', () => {
      if (worker === made) worker = undefined
    })
    made.unref()
    return made
  }

  async function end(): Promise<void> {
    const ended = worker
    worker = undefined
    await ended?.terminate()
  }

  async function run(text: string, options: ReadCalendarOptions): Promise<Reading> {
    if (isClosed) throw new Error('the plugin is being closed')
    stopIdle?.()
    worker ??= start()
    try {
      return await answerOf(worker, { text, options }, readMs)
    } catch (error) {
      if (!(error instanceof RefusedError)) await end()
      throw error
    } finally {
      if (!isClosed) stopIdle = clock.setTimeout(() => void end(), idleMs)
    }
  }

  return {
    read(text, options) {
      const result = last.then(() => run(text, options))
      last = result.catch(() => undefined)
      return result
    },
    async close() {
      isClosed = true
      stopIdle?.()
      await end()
      await last
    },
  }
}

/** The thread's own word: it goes on. */
class RefusedError extends Error {}

async function answerOf(worker: Worker, job: object, readMs: number): Promise<Reading> {
  const done = Promise.withResolvers<Reading>()
  const onMessage = (answer: Answer) => {
    if ('reading' in answer) done.resolve(answer.reading)
    else done.reject(new RefusedError(answer.why))
  }
  const onError = () => done.reject(new Error('it needs too much memory'))
  const onExit = () => done.reject(new Error('its thread was ended'))
  const timer = setTimeout(() => {
    done.reject(new Error(`it takes more than ${readMs / 1000} s to read`))
  }, readMs)
  worker.on('message', onMessage).on('error', onError).on('exit', onExit)
  worker.postMessage(job)
  try {
    return await done.promise
  } finally {
    clearTimeout(timer)
    worker.off('message', onMessage).off('error', onError).off('exit', onExit)
  }
}
