import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { ChatError } from '@secure-chat/protocol'

/** One message as it stands in the table: mailbox, offset, at, size, total, record. */
export type MessageRow = readonly [number, number, number, number, number, string]

/** Writes batches of messages on another thread, so that no wait for the disk holds the event loop. */
export interface BatchWriter {
  /**
   * All rows are committed and on the disk when it resolves. One at a time.
   * @throws the error of SQLite when none is, ChatError `queue_unavailable` when the thread ended without an answer
   */
  write(rows: readonly MessageRow[]): Promise<void>
  /** After the last `write` has settled. */
  close(): Promise<void>
}

/** What the thread answers: nothing, or why SQLite refused. */
export type BatchAnswer = { readonly message: string; readonly errcode: number } | undefined

/** On the file of an open queue. The thread starts with the first batch, and again should it ever end by itself. */
export function makeBatchWriter(databasePath: string): BatchWriter {
  let worker: Worker | undefined
  let waiting: PromiseWithResolvers<void> | undefined

  function settle(error: unknown): void {
    const settled = waiting
    waiting = undefined
    // Waiting for work keeps no process alive; a batch under way does.
    worker?.unref()
    if (error === undefined) settled?.resolve()
    else settled?.reject(error)
  }

  function start(): Worker {
    // The sources run as they are (.ts), the built package as .js.
    const file = new URL(`./batch-thread${extname(import.meta.url)}`, import.meta.url)
    const started = new Worker(file, { workerData: databasePath, name: 'queue writer' })
    started.on('message', (answer: BatchAnswer) => settle(answer && asSqliteError(answer)))
    started.on('error', settle)
    started.on('exit', () => {
      if (worker === started) worker = undefined
      settle(threadEnded())
    })
    return started
  }

  return {
    write(rows) {
      worker ??= start()
      waiting = Promise.withResolvers<void>()
      worker.ref()
      worker.postMessage(rows)
      return waiting.promise
    },
    async close() {
      if (worker === undefined) return
      const ended = once(worker, 'exit')
      worker.ref()
      worker.postMessage(undefined)
      await ended
    },
  }
}

/** Whether its last batch was committed is not known. */
function threadEnded(): ChatError {
  return new ChatError(
    'queue_unavailable',
    'The thread that writes the message queue ended. It starts again with the next message; try again.',
  )
}

/** An error as `node:sqlite` throws it: structured cloning keeps no properties. */
function asSqliteError({ message, errcode }: NonNullable<BatchAnswer>): Error {
  return Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode })
}
