import { ChatError, type QueueRecord, type UserName } from '@secure-chat/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { MessageQueue } from '../../ports/index.ts'
import { type Directory, noSuchUser, type Recipient } from './directory.ts'
import type { Delivered } from './remembered-answers.ts'
import type { Envelope, TransformPipeline } from './transform-pipeline.ts'

export interface Parcel {
  readonly type: 'CHAT_MESSAGE' | 'KEY_EXCHANGE'
  readonly id: string
  readonly sender: UserName
  readonly recipient: UserName
  /** Ciphertext; the server can do nothing with it but keep it. */
  readonly message: string
  readonly requestId: string
  /** The rules of this type; they throw what the sender is refused with. */
  admit(recipient: Recipient): void | Promise<void>
}

/** Puts one record into the recipient's mailbox; resolves when it is durable. Not yet guarded against repeats. */
export type Deliver = (parcel: Parcel) => Promise<Delivered>

/**
 * The hot path: with the recipient in memory and no plugin for the type there is one await, that of the queue.
 * Throws `no_such_user`, `not_accepted`, `rejected_by_plugin`, `plugin_failed`, `queue_unavailable`,
 * `database_unavailable` and what `admit` throws.
 */
export function makeDeliver({
  queue,
  directory,
  pipeline,
  clock,
}: {
  readonly queue: Pick<MessageQueue, 'enqueue' | 'enqueueAll'>
  readonly directory: Directory
  readonly pipeline: TransformPipeline
  readonly clock: Pick<Clock, 'now'>
}): Deliver {
  /** Undefined: admitted at once. */
  function admitted(parcel: Parcel, recipient: Recipient): void | Promise<void> {
    if (recipient.blocked.has(parcel.sender)) {
      throw new ChatError('not_accepted', `${parcel.recipient} does not accept messages from you.`)
    }
    return parcel.admit(recipient)
  }

  /** Many records of one millisecond share its text. */
  let newest = { at: Number.NaN, text: '' }
  function timestampOf(at: number): string {
    if (at !== newest.at) newest = { at, text: new Date(at).toISOString() }
    return newest.text
  }

  async function store(record: QueueRecord, parcel: Parcel, copyTo: readonly UserName[]) {
    if (copyTo.length === 0) return queue.enqueue(parcel.recipient, record)
    return queue.enqueueAll([parcel.recipient, ...copyTo].map((user) => ({ user, record })))
  }

  async function transformed(
    transform: NonNullable<ReturnType<TransformPipeline['transformOf']>>,
    parcel: Parcel,
    plain: QueueRecord,
  ): Promise<{ record: QueueRecord; copyTo: readonly UserName[] }> {
    const { type, meta, copyTo: copies } = await transform(envelopeOf(plain, parcel), parcel)
    const copyTo = copies.length === 0 ? noCopies : await copiesOf(copies, parcel)
    // The chain took its time: the account may be gone by now, and its mailbox must not come back.
    const recipient = directory.cached(parcel.recipient) ?? (await directory.find(parcel.recipient))
    if (recipient === undefined) throw noSuchUser(parcel.recipient)
    const hasMeta = Object.keys(meta).length > 0
    if (!hasMeta && type === plain.type) return { record: plain, copyTo }
    return { record: { ...plain, type, ...(hasMeta && { meta }) }, copyTo }
  }

  /** Copies go to whoever exists and has not blocked the sender, each mailbox once. */
  async function copiesOf(names: readonly string[], parcel: Parcel): Promise<UserName[]> {
    const copies: UserName[] = []
    for (const name of new Set(names)) {
      if (name === parcel.recipient) continue
      const found = await directory.find(name as UserName)
      if (found === undefined) {
        throw new ChatError(
          'plugin_failed',
          'A rule of this server names a mailbox that is not there.',
        )
      }
      if (!found.blocked.has(parcel.sender)) copies.push(found.name)
    }
    return copies
  }

  return async (parcel) => {
    const recipient =
      directory.cached(parcel.recipient) ?? (await directory.require(parcel.recipient))
    const admission = admitted(parcel, recipient)
    if (admission !== undefined) await admission
    const { id, sender, message, type } = parcel
    const timestamp = timestampOf(clock.now())
    let record: QueueRecord = { id, type, sender, message, timestamp }
    const transform = pipeline.transformOf(type)
    if (transform === undefined) {
      await queue.enqueue(parcel.recipient, record)
    } else {
      const outcome = await transformed(transform, parcel, record)
      record = outcome.record
      await store(record, parcel, outcome.copyTo)
    }
    pipeline.storedOf(record.type)?.(envelopeOf(record, parcel), parcel)
    return { id, timestamp }
  }
}

const noCopies: readonly UserName[] = []

function envelopeOf(record: QueueRecord, parcel: Parcel): Envelope {
  return Object.freeze({
    id: record.id,
    type: record.type,
    sender: parcel.sender,
    recipient: parcel.recipient,
    timestamp: record.timestamp,
    message: record.message,
    meta: Object.freeze({ ...record.meta }),
  })
}
