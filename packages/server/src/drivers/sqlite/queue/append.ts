import type { DatabaseSync } from 'node:sqlite'
import { ChatError, type QueueRecord, type UserName } from '@secure-chat/protocol'
import type { Clock, Log } from '../../../ports/index.ts'
import { asUnavailable, faultOf } from '../failure.ts'
import type { Transaction } from '../transaction.ts'
import type { BatchWriter, MessageRow } from './batch-writer.ts'
import { insertMessage } from './insert-message.ts'
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
  /** Resolves when no commit is under way elsewhere; until the next tick none begins. */
  quiet(): Promise<void>
}

type Wanted =
  | { kind: 'record'; user: UserName; record: QueueRecord; json: string; size: number }
  | { kind: 'mailbox' | 'removal'; user: UserName; size: 0 }
type Waiting = { wanted: readonly Wanted[]; resolve: () => void; reject: (error: unknown) => void }

/** One commit's bounds, so that a flood cannot hold the event loop for long; the rest goes with the next tick. */
const mostRecordsPerCommit = 512
const mostBytesPerCommit = 2 * 1024 * 1024
/** Of a disk that hangs, memory must not be what gives way. */
const mostBytesWaiting = 64 * 1024 * 1024

/**
 * Group commit: what is added within two turns of the event loop is written in one transaction, so its fsync is
 * shared, and every answer waits for the commit of its own record.
 *
 * With a writer the transaction runs on its thread, and what comes meanwhile forms the next commit: so neither the
 * inserts nor the waits for the disk hold the event loop. Until it is done nothing of it is answered, read or delivered.
 */
export function makeAppend(o: {
  readonly db: DatabaseSync
  readonly transaction: Transaction
  readonly mailboxes: Mailboxes
  readonly clock: Clock
  readonly log: Log
  readonly writer: BatchWriter | undefined
  /** Called in commit order after each commit; must not throw. */
  readonly onCommitted: (committed: readonly Committed[]) => void
  /** The writer was lost before it answered: its last batch is refused, and yet may be in the table. */
  readonly onUnknown: () => void
}): Append {
  const insert = o.db.prepare(insertMessage)
  let waiting: Waiting[] = []
  let waitingBytes = 0
  let isScheduled = false
  let isClosed = false
  let isFailing = false
  let writing: Promise<void> | undefined

  function schedule(): void {
    if (isScheduled || writing !== undefined) return
    isScheduled = true
    // One turn: what came in it shares a commit. Gathering a second one saves CPU and costs more in waiting (decision 0040).
    setImmediate(() => {
      isScheduled = false
      commitOnce()
      if (waiting.length > 0) schedule()
    })
  }

  function enter(wanted: readonly Wanted[]): Promise<void> {
    if (isClosed) return Promise.reject(closed())
    const bytes = bytesOf(wanted)
    if (waitingBytes + bytes > mostBytesWaiting) return Promise.reject(overloaded())
    waitingBytes += bytes
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
      bytes += bytesOf(wanted)
      taken += 1
    }
    const batch = waiting.slice(0, taken)
    waiting = waiting.slice(taken)
    waitingBytes -= bytes
    return batch
  }

  /** Gives each record its place; `put` takes the rows in order. */
  function write(batch: readonly Waiting[], put: (row: MessageRow) => void): Committed[] {
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
        put([mailbox.id, offset, at, want.size, total, want.json])
        mailbox.nextWritten = offset + 1
        mailbox.total = total
        committed.push({ kind: 'record', user: want.user, mailbox, offset, record: want.record })
      }
    }
    return committed
  }

  function commitOnce(): void {
    if (waiting.length === 0 || writing !== undefined) return
    const batch = take()
    try {
      const writer = isOnlyRecords(batch) ? o.writer : undefined
      if (writer === undefined) {
        finish(
          batch,
          o.transaction(() => write(batch, (row) => insert.run(...row))),
        )
      } else {
        writing = commitElsewhere(writer, batch).finally(() => {
          writing = undefined
          if (waiting.length > 0) schedule()
        })
      }
    } catch (error) {
      refuse(batch, error)
    }
  }

  /** Mailboxes are made and removed here, where they are remembered; records of those that are there need only inserts. */
  function isOnlyRecords(batch: readonly Waiting[]): boolean {
    return batch.every(({ wanted }) =>
      wanted.every((want) => want.kind === 'record' && o.mailboxes.find(want.user) !== undefined),
    )
  }

  async function commitElsewhere(writer: BatchWriter, batch: readonly Waiting[]): Promise<void> {
    try {
      const rows: MessageRow[] = []
      const committed = write(batch, (row) => rows.push(row))
      await writer.write(rows)
      finish(batch, committed)
    } catch (error) {
      refuse(batch, error)
    }
  }

  /** Durable: now it may be seen. */
  function finish(batch: readonly Waiting[], committed: readonly Committed[]): void {
    isFailing = false
    for (const entry of committed) {
      if (entry.kind !== 'record') continue
      entry.mailbox.next = entry.offset + 1
      entry.mailbox.newest = entry.offset
      // Read again meanwhile, without what was under way.
      if (o.mailboxes.rememberedById(entry.mailbox.id) !== entry.mailbox) o.mailboxes.forgetAll()
    }
    for (const { resolve } of batch) resolve()
    o.onCommitted(committed)
  }

  function refuse(batch: readonly Waiting[], error: unknown): void {
    o.mailboxes.forgetAll()
    isFailing = true
    o.log.error(
      { err: error, fault: faultOf(error) ?? 'internal', refused: batch.length },
      'the message queue could not commit',
    )
    const failure = asUnavailable('queue_unavailable', error)
    for (const { reject } of batch) reject(failure)
    if (faultOf(error) === undefined) o.onUnknown()
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
      await writing
      while (waiting.length > 0) {
        commitOnce()
        await writing
      }
      await o.writer?.close()
    },
    isFailing: () => isFailing,
    quiet: () => writing ?? Promise.resolve(),
  }
}

function wantedRecord({ user, record }: { user: UserName; record: QueueRecord }): Wanted {
  const json = JSON.stringify(record)
  return { kind: 'record', user, record, json, size: Buffer.byteLength(json) }
}

function bytesOf(wanted: readonly Wanted[]): number {
  let bytes = 0
  for (const { size } of wanted) bytes += size
  return bytes
}

function overloaded(): ChatError {
  return new ChatError(
    'queue_unavailable',
    'The disk takes messages more slowly than they come. Nothing of this one is kept; send it again in a moment.',
    { retryAfterS: 1 },
  )
}

export function closed(): ChatError {
  return new ChatError('queue_unavailable', 'The message queue is closed: the server is stopping.')
}
