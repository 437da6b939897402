import type { DatabaseSync } from 'node:sqlite'
import { ChatError, type QueueRecord, type UserName } from '@secure-chat/protocol'
import type { Clock, Log } from '../../../ports/index.ts'
import { asUnavailable, faultOf } from '../failure.ts'
import type { Transaction } from '../transaction.ts'
import type { LogSync } from './log-sync.ts'
import type { Mailbox, Mailboxes } from './mailboxes.ts'

/** What a commit changed, in its order. */
export type Committed =
  | {
      readonly kind: 'record'
      readonly user: UserName
      readonly mailbox: Mailbox
      readonly offset: number
      readonly record: QueueRecord
    }
  | { readonly kind: 'removed'; readonly user: UserName }

export interface Append {
  /**
   * All records are durable when it resolves, or none is and it rejects with `queue_unavailable`. Only after a failed
   * sync nobody can know: then nothing more is taken, and a restart finds the records or does not.
   */
  add(entries: ReadonlyArray<{ user: UserName; record: QueueRecord }>): Promise<void>
  /** The mailbox is there when it resolves. */
  make(user: UserName): Promise<void>
  /** The mailbox and all that was added before is out of reach when it resolves. */
  remove(user: UserName): Promise<void>
  /** Refuses whatever is added later and resolves when the rest is committed or refused. */
  close(): Promise<void>
  /** Did the newest commit fail? */
  isFailing(): boolean
  /** Why nothing is taken any more, until a restart. */
  fault(): ChatError | undefined
}

type Wanted =
  | { kind: 'record'; user: UserName; record: QueueRecord; json: string; size: number }
  | { kind: 'mailbox' | 'removal'; user: UserName; size: 0 }
type Waiting = { wanted: readonly Wanted[]; resolve: () => void; reject: (error: unknown) => void }

/** One commit's bounds, so that a flood cannot hold the event loop for long; the rest goes with the next tick. */
const mostRecordsPerCommit = 512
const mostBytesPerCommit = 2 * 1024 * 1024

/**
 * Group commit: what is added in one turn of the event loop is written in one transaction, so its fsync is
 * shared, and every answer waits for the commit of its own record.
 *
 * With a log to sync, the fsync of these commits runs on another thread instead of in `COMMIT`, and what comes
 * meanwhile forms the next commit. Until it is done nothing of the commit is answered, read or delivered.
 */
export function makeAppend(o: {
  readonly db: DatabaseSync
  readonly transaction: Transaction
  readonly mailboxes: Mailboxes
  readonly clock: Clock
  readonly log: Log
  readonly logSync: LogSync | undefined
  /** Called in commit order after each commit; must not throw. */
  readonly onCommitted: (committed: readonly Committed[]) => void
}): Append {
  const insert = o.db.prepare(
    'INSERT INTO message (mailbox, "offset", at, size, total, record) VALUES (?, ?, ?, ?, ?, ?)',
  )
  let waiting: Waiting[] = []
  let isScheduled = false
  let isClosed = false
  let isFailing = false
  let syncing: Promise<void> | undefined
  let fault: ChatError | undefined

  function schedule(): void {
    if (isScheduled || syncing !== undefined) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      if (syncing === undefined) commitOnce()
      if (waiting.length > 0) schedule()
    })
  }

  function enter(wanted: readonly Wanted[]): Promise<void> {
    if (isClosed) return Promise.reject(closed())
    if (fault !== undefined) return Promise.reject(fault)
    return new Promise((resolve, reject) => {
      waiting.push({ wanted, resolve, reject })
      schedule()
    })
  }

  function take(): Waiting[] {
    let records = 0
    let bytes = 0
    let taken = 0
    for (const { wanted } of waiting) {
      if (taken > 0 && (records >= mostRecordsPerCommit || bytes >= mostBytesPerCommit)) break
      records += wanted.length
      for (const { size } of wanted) bytes += size
      taken += 1
    }
    const batch = waiting.slice(0, taken)
    waiting = waiting.slice(taken)
    return batch
  }

  function write(batch: readonly Waiting[]): Committed[] {
    const at = o.clock.now()
    const committed: Committed[] = []
    for (const { wanted } of batch) {
      for (const want of wanted) {
        if (want.kind === 'removal') {
          o.mailboxes.remove(want.user)
          committed.push({ kind: 'removed', user: want.user })
          continue
        }
        const mailbox = o.mailboxes.obtain(want.user)
        if (want.kind !== 'record') continue
        const offset = mailbox.nextWritten
        const total = mailbox.total + want.size
        insert.run(mailbox.id, offset, at, want.size, total, want.json)
        mailbox.nextWritten = offset + 1
        mailbox.total = total
        committed.push({ kind: 'record', user: want.user, mailbox, offset, record: want.record })
      }
    }
    return committed
  }

  function commitOnce(): void {
    if (waiting.length === 0) return
    const batch = take()
    let committed: Committed[]
    try {
      committed = commit(() => write(batch))
    } catch (error) {
      o.mailboxes.forgetAll()
      isFailing = true
      o.log.error(
        { err: error, fault: faultOf(error) ?? 'internal', refused: batch.length },
        'the message queue could not commit',
      )
      const failure = asUnavailable('queue_unavailable', error)
      for (const { reject } of batch) reject(failure)
      return
    }
    isFailing = false
    if (o.logSync === undefined) {
      finish(batch, committed)
      return
    }
    syncing = o.logSync.flush().then(
      () => {
        syncing = undefined
        finish(batch, committed)
        if (waiting.length > 0) schedule()
      },
      (error: unknown) => {
        syncing = undefined
        stop(error, [...batch, ...waiting.splice(0)])
      },
    )
  }

  /** The connection syncs every commit but these, whose sync follows. */
  function commit(work: () => Committed[]): Committed[] {
    if (o.logSync === undefined) return o.transaction(work)
    o.db.exec('PRAGMA synchronous = NORMAL')
    try {
      return o.transaction(work)
    } finally {
      o.db.exec('PRAGMA synchronous = FULL')
    }
  }

  /** Durable: now it may be seen. */
  function finish(batch: readonly Waiting[], committed: readonly Committed[]): void {
    for (const entry of committed) {
      if (entry.kind !== 'record') continue
      entry.mailbox.next = entry.offset + 1
      entry.mailbox.newest = entry.offset
    }
    for (const { resolve } of batch) resolve()
    o.onCommitted(committed)
  }

  /** A second sync may succeed without the bytes that the first one lost, so there is no second one. */
  function stop(error: unknown, refused: readonly Waiting[]): void {
    isFailing = true
    const failure = new ChatError(
      'queue_unavailable',
      'The disk did not confirm what was written, so the message queue takes nothing more. Check the disk, then restart the server.',
      { cause: error },
    )
    fault = failure
    o.log.error(
      { err: error, fault: faultOf(error) ?? 'internal', refused: refused.length },
      'the disk did not confirm a write of the message queue: it takes no more until a restart',
    )
    for (const { reject } of refused) reject(failure)
  }

  return {
    add(entries) {
      return entries.length === 0 ? Promise.resolve() : enter(entries.map(wantedRecord))
    },
    make: (user) => enter([{ kind: 'mailbox', user, size: 0 }]),
    remove: (user) => enter([{ kind: 'removal', user, size: 0 }]),
    async close() {
      isClosed = true
      // From an empty stack: closing may be asked for from inside a commit's delivery.
      await new Promise(setImmediate)
      while (waiting.length > 0 || syncing !== undefined) {
        if (syncing === undefined) commitOnce()
        await syncing
      }
      o.logSync?.close()
    },
    isFailing: () => isFailing,
    fault: () => fault,
  }
}

function wantedRecord({ user, record }: { user: UserName; record: QueueRecord }): Wanted {
  const json = JSON.stringify(record)
  return { kind: 'record', user, record, json, size: Buffer.byteLength(json) }
}

export function closed(): ChatError {
  return new ChatError('queue_unavailable', 'The message queue is closed: the server is stopping.')
}
