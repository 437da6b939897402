import type { DatabaseSync } from 'node:sqlite'
import { ChatError, type QueueRecord, type UserName } from '@secure-chat/protocol'
import type { Clock, Log } from '../../../ports/index.ts'
import { asUnavailable, faultOf } from '../failure.ts'
import type { Transaction } from '../transaction.ts'
import type { Mailboxes } from './mailboxes.ts'

/** What a commit changed, in its order. */
export type Committed =
  | {
      readonly kind: 'record'
      readonly user: UserName
      readonly tag: Uint8Array
      readonly offset: number
      readonly record: QueueRecord
    }
  | { readonly kind: 'removed'; readonly user: UserName }

export interface Append {
  /** All records are durable when it resolves, or none is and it rejects with `queue_unavailable`. */
  add(entries: ReadonlyArray<{ user: UserName; record: QueueRecord }>): Promise<void>
  /** The mailbox is there when it resolves. */
  make(user: UserName): Promise<void>
  /** The mailbox and all that was added before is out of reach when it resolves. */
  remove(user: UserName): Promise<void>
  /** Refuses whatever is added later and resolves when the rest is committed or refused. */
  close(): Promise<void>
  /** Did the newest commit fail? */
  isFailing(): boolean
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
 */
export function makeAppend(o: {
  readonly db: DatabaseSync
  readonly transaction: Transaction
  readonly mailboxes: Mailboxes
  readonly clock: Clock
  readonly log: Log
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

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      commitOnce()
      if (waiting.length > 0) schedule()
    })
  }

  function enter(wanted: readonly Wanted[]): Promise<void> {
    if (isClosed) return Promise.reject(closed())
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
        const offset = mailbox.next
        const total = mailbox.total + want.size
        insert.run(mailbox.id, offset, at, want.size, total, want.json)
        mailbox.next = offset + 1
        mailbox.newest = offset
        mailbox.total = total
        committed.push({
          kind: 'record',
          user: want.user,
          tag: mailbox.tag,
          offset,
          record: want.record,
        })
      }
    }
    return committed
  }

  function commitOnce(): void {
    if (waiting.length === 0) return
    const batch = take()
    let committed: Committed[]
    try {
      committed = o.transaction(() => write(batch))
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
    for (const { resolve } of batch) resolve()
    o.onCommitted(committed)
  }

  return {
    async add(entries) {
      if (entries.length === 0) return
      await enter(
        entries.map(({ user, record }) => {
          const json = JSON.stringify(record)
          return { kind: 'record', user, record, json, size: Buffer.byteLength(json) }
        }),
      )
    },
    make: (user) => enter([{ kind: 'mailbox', user, size: 0 }]),
    remove: (user) => enter([{ kind: 'removal', user, size: 0 }]),
    async close() {
      isClosed = true
      // From an empty stack: closing may be asked for from inside a commit's delivery.
      await new Promise(setImmediate)
      while (waiting.length > 0) commitOnce()
    },
    isFailing: () => isFailing,
  }
}

export function closed(): ChatError {
  return new ChatError('queue_unavailable', 'The message queue is closed: the server is stopping.')
}
