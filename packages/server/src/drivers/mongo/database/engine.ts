import type { Connection } from 'mongoose'
import type { Clock, Log } from '../../../ports/index.ts'
import { asUnavailable, faultOf, unavailable } from '../failure.ts'
import { type Models, makeModels } from '../models.ts'

/** What every store is made of. */
export interface Engine {
  readonly models: Models
  readonly clock: Clock
  readonly log: Log
  /**
   * Runs work on the database and answers within 3 s, whatever the database does: `database_unavailable` then. What was
   * begun may still come to pass; nobody was promised anything.
   */
  run<T>(work: () => Promise<T>): Promise<T>
  /** @throws ChatError `database_unavailable` */
  check(): Promise<void>
  /** Refuses what comes later, waits for the rest and disconnects. */
  close(): Promise<void>
}

const answerWithinMs = 3000
/** While nothing at all is answered: a request may ask the database more than once. */
const answerWithinWhileSilentMs = 1000
/** Work under way, those given up included: what a dead database can take of the memory. */
const mostAtOnce = 5000

export function makeEngine(connection: Connection, clock: Clock, log: Log): Engine {
  const models = makeModels(connection)
  const underWay = new Set<Promise<unknown>>()
  let isClosed = false
  let isSilent = false
  let answers = 0

  function heard(): void {
    answers += 1
    if (!isSilent) return
    isSilent = false
    log.info({}, 'the user database answers again')
  }

  function missed(answersBefore: number, err: unknown): void {
    if (isSilent || answers !== answersBefore) return
    isSilent = true
    log.error({ err }, 'the user database does not answer')
  }

  /** By the real time: it is about the world outside, however a test's clock stands. */
  function withDeadline<T>(work: Promise<T>): Promise<T> {
    const answersBefore = answers
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          const error = unavailable('silent')
          missed(answersBefore, error)
          reject(error)
        },
        isSilent ? answerWithinWhileSilentMs : answerWithinMs,
      )
      work.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  async function start<T>(work: () => Promise<T>): Promise<T> {
    const answersBefore = answers
    try {
      const result = await work()
      heard()
      return result
    } catch (error) {
      const fault = faultOf(error)
      if (fault === 'unreachable' || fault === 'silent') missed(answersBefore, error)
      throw asUnavailable(error)
    }
  }

  function run<T>(work: () => Promise<T>): Promise<T> {
    if (isClosed) return Promise.reject(unavailable('closed'))
    if (underWay.size >= mostAtOnce) return Promise.reject(unavailable('silent'))
    const started = start(work)
    const settled = started
      .catch(() => undefined)
      .finally(() => {
        underWay.delete(settled)
      })
    underWay.add(settled)
    return withDeadline(started)
  }

  return {
    models,
    clock,
    log,
    run,
    check: () =>
      run(async () => {
        if (connection.db === undefined) throw unavailable('closed')
        await connection.db.command({ ping: 1 })
      }),
    async close() {
      isClosed = true
      await withDeadline(Promise.all(underWay)).catch(() => undefined)
      await connection.close(true)
    },
  }
}
