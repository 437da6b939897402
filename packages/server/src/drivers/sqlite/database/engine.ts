import type { DatabaseSync } from 'node:sqlite'
import { ChatError } from '@secure-chat/protocol'
import type { Clock, Log } from '../../../ports/index.ts'
import { asUnavailable, faultOf } from '../failure.ts'
import { makeTransaction } from '../transaction.ts'

/** What every store is made of. */
export interface Engine {
  readonly db: DatabaseSync
  readonly clock: Clock
  /** Runs a query; an engine error becomes `database_unavailable`. */
  read<T>(work: () => T): Promise<T>
  /**
   * Runs changes whole or not at all and resolves when they are durable. Changes asked for in one turn of the event
   * loop share a transaction and its fsync. The work may run twice, so it keeps its result to what it returns.
   */
  write<T>(work: () => T): Promise<T>
  /** Rejects with `database_unavailable` while the file cannot be read, or not be written again after a failed commit. */
  check(): Promise<void>
  /** Refuses what comes later and resolves when the rest is written or refused. */
  close(): Promise<void>
}

type Waiting = {
  run: () => unknown
  resolve: (result: never) => void
  reject: (error: unknown) => void
}

/** One transaction's bound, so that a flood cannot hold the event loop for long; the rest goes with the next tick. */
const mostPerCommit = 256

export function makeEngine(db: DatabaseSync, clock: Clock, log: Log): Engine {
  const transaction = makeTransaction(db)
  let waiting: Waiting[] = []
  let isScheduled = false
  let isClosed = false
  let isFailing = false
  const readProbe = db.prepare("SELECT value FROM counter WHERE name = 'presence'")
  const writeProbe = db.prepare("UPDATE counter SET value = value WHERE name = 'presence'")

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      commitSome()
      if (waiting.length > 0) schedule()
    })
  }

  function commitSome(): void {
    const batch = waiting.slice(0, mostPerCommit)
    waiting = waiting.slice(mostPerCommit)
    if (batch.length > 1 && commitAll(batch)) return
    for (const each of batch) commitAlone(each)
  }

  /** One failing change must not fail its neighbours: they are tried one by one then. */
  function commitAll(batch: readonly Waiting[]): boolean {
    let results: unknown[]
    try {
      results = transaction(() => batch.map(({ run }) => run()))
    } catch {
      return false
    }
    isFailing = false
    for (const [index, { resolve }] of batch.entries()) resolve(results[index] as never)
    return true
  }

  function commitAlone({ run, resolve, reject }: Waiting): void {
    try {
      const result = transaction(run)
      isFailing = false
      resolve(result as never)
    } catch (error) {
      const fault = faultOf(error)
      isFailing = fault !== undefined
      if (fault) log.error({ err: error, fault }, 'the user database could not commit')
      reject(asUnavailable('database_unavailable', error))
    }
  }

  async function read<T>(work: () => T): Promise<T> {
    if (isClosed) throw closed()
    try {
      return work()
    } catch (error) {
      throw asUnavailable('database_unavailable', error)
    }
  }

  return {
    db,
    clock,
    read,
    check: () =>
      read(() => {
        if (isFailing) writeProbe.run()
        readProbe.get()
      }),
    write(work) {
      if (isClosed) return Promise.reject(closed())
      return new Promise((resolve, reject) => {
        waiting.push({ run: work, resolve, reject })
        schedule()
      })
    },
    async close() {
      isClosed = true
      while (waiting.length > 0) commitSome()
    },
  }
}

function closed(): ChatError {
  return new ChatError(
    'database_unavailable',
    'The user database is closed: the server is stopping.',
  )
}
