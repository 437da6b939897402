import type { DatabaseSync } from 'node:sqlite'
import { type Clock, type Log, type MessageQueue, silentLog } from '../../../ports/index.ts'
import { formatCursor } from '../../mailbox-cursor.ts'
import { asUnavailable } from '../failure.ts'
import { openStoreFile } from '../store-file.ts'
import { makeTransaction } from '../transaction.ts'
import { closed, makeAppend } from './append.ts'
import { type BatchWriter, makeBatchWriter } from './batch-writer.ts'
import { makeExpiry } from './expiry.ts'
import { makeMailboxes } from './mailboxes.ts'
import { makeReadPage, placeOf } from './pages.ts'
import { queueSchema } from './schema.ts'
import { makeTails } from './tails.ts'

/** A page's size when the caller sets none: about 2 ms of the event loop. */
const pageMaxBytes = 1024 * 1024

/**
 * Opens the embedded queue: every mailbox in `queue.sqlite` of `dir`.
 *
 * @throws ChatError `busy` (another server uses the folder), `file_damaged`, `file_unreadable`, `disk_full`
 */
export async function openSqliteQueue(options: {
  readonly dir: string
  readonly clock: Clock
  readonly log?: Log
}): Promise<MessageQueue> {
  const file = openStoreFile({ dir: options.dir, schema: queueSchema })
  try {
    const { clock, log = silentLog } = options
    const writer = makeBatchWriter(file.path)
    return makeSqliteQueue({ db: file.db, clock, log, writer, release: file.close })
  } catch (error) {
    file.close()
    throw error
  }
}

/** The queue on an open database with the schema in place. `release` is called once, by `close()`. */
export function makeSqliteQueue(o: {
  readonly db: DatabaseSync
  readonly clock: Clock
  readonly log: Log
  /** Left out: every commit is made on the event loop. */
  readonly writer?: BatchWriter
  readonly release: () => void
}): MessageQueue {
  const { db, clock, log, writer } = o
  const transaction = makeTransaction(db)
  const mailboxes = makeMailboxes(db)
  const readPage = makeReadPage(db)
  const tails = makeTails({ obtain: mailboxes.obtain, readPage, log })
  const append = makeAppend({
    db,
    transaction,
    mailboxes,
    clock,
    log,
    writer,
    onCommitted: tails.deliver,
    onUnknown: tails.readAgain,
  })
  const expiry = makeExpiry({ db, transaction, mailboxes })
  const probe = db.prepare('SELECT at FROM probe WHERE id = 1')
  const writeProbe = db.prepare('UPDATE probe SET at = ? WHERE id = 1')
  let closing: Promise<void> | undefined
  let isClearing = false

  function clearRemoved(): void {
    if (isClearing) return
    isClearing = true
    const step = () => {
      isClearing = false
      if (closing) return
      try {
        if (expiry.clearRemoved()) clearRemoved()
      } catch (error) {
        log.warn({ err: error }, 'removed mailboxes are cleared later: the queue could not write')
      }
    }
    setImmediate(() => void append.quiet().then(step))
  }
  clearRemoved()

  /** Runs work on the open engine, its errors as the port promises them. */
  async function guarded<T>(work: () => T): Promise<T> {
    if (closing) throw closed()
    try {
      return work()
    } catch (error) {
      throw asUnavailable('queue_unavailable', error)
    }
  }

  return {
    supports: { expiry: true, durability: true },
    createMailbox: (user) => append.make(user),
    async removeMailbox(user) {
      await append.remove(user)
      clearRemoved()
    },
    enqueue: (user, record) => append.add([{ user, record }]),
    enqueueAll: (entries) => append.add(entries),
    read: (user, { after, limit, maxBytes = pageMaxBytes }) =>
      guarded(() => {
        const mailbox = mailboxes.obtain(user)
        const page = readPage(mailbox, placeOf(mailbox, after), { limit, maxBytes })
        return {
          items: page.items,
          next: formatCursor(mailbox.tag, page.next),
          more: page.more,
        }
      }),
    end: (user) =>
      guarded(() => {
        const { tag, next } = mailboxes.obtain(user)
        return formatCursor(tag, next)
      }),
    tail: (user, after, sink) => tails.open(user, after, sink),
    async expire(options) {
      // A caller that loops until nothing is left must not keep requests waiting.
      await new Promise(setImmediate)
      // Two writers of one file would wait for each other, this one on the event loop.
      await append.quiet()
      return guarded(() => expiry.step(options))
    },
    check: () =>
      guarded(() => {
        // After a failed commit only a write tells whether the engine is back.
        if (append.isFailing()) writeProbe.run(clock.now())
        probe.get()
      }),
    close() {
      closing ??= append.close().then(() => {
        tails.endAll(closed())
        o.release()
      })
      return closing
    },
  }
}
