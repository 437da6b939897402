import {
  ChatError,
  endpoints,
  isChatError,
  parseCursor,
  type QueueRecord,
} from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import { addSystemLine } from '../messaging/notices.ts'
import { latestRevision } from '../messaging/revisions.ts'
import { integerOf } from '../vault/rows.ts'
import {
  openWaiting,
  type ReceiveOptions,
  receiveRecord,
  receiveTogether,
} from './receive-record.ts'

const pageRecords = 500
const batchRecords = 50
/** Retention may overtake a reader while it catches up. */
const jumpsMax = 3

/** `received`: lines that are new and unread; `cursor`: where the mailbox was read to. */
export type Synced = { received: number; cursor: string | null }

/** Reads the mailbox from where the vault stands to its end. Several processes may do so at once. */
export async function syncMailbox(
  context: Context,
  options: { signal?: AbortSignal } = {},
): Promise<Synced> {
  const { cursor, envelopes } = context
  const before = latestRevision(context.vault)
  // A process that died between a key and what waited for it left these behind.
  await openWaiting(context, envelopes.openable(), options)
  let from = cursor.get()
  let jumps = 0
  for (;;) {
    const page = await readPage(context, from, options)
    jumps = page ? 0 : jumps + 1
    // An honest server moves a reader on once; one that does it again and again would keep it busy for ever.
    if (jumps > jumpsMax) throw goesNowhere()
    if (!page) {
      from = cursor.get()
      continue
    }
    const batches = inBatches(page.messages.map(exactRecord))
    for (const [at, batch] of batches.entries()) {
      options.signal?.throwIfAborted()
      const step = at === batches.length - 1 ? { step: { from, to: page.next } } : {}
      await receiveBatch(context, batch, { ...options, ...step })
    }
    if (batches.length === 0) cursor.move(from, page.next)
    if (page.more && page.next === from) throw goesNowhere()
    from = page.next
    if (!page.more) break
  }
  return { received: countNew(context, before), cursor: cursor.get() ?? null }
}

function goesNowhere(): ChatError {
  return new ChatError(
    'bad_answer',
    'The server sends this device from one place of its mailbox to another without a message. Nothing is lost here; try again later, and tell whoever runs the server.',
  )
}

async function receiveBatch(
  context: Context,
  batch: readonly QueueRecord[],
  options: ReceiveOptions,
): Promise<void> {
  const [first] = batch
  if (first && batch.length === 1) await receiveRecord(context, first, options)
  else await receiveTogether(context, batch, options)
}

/** Key exchanges alone, the rest in runs of at most 50. */
function inBatches(records: readonly QueueRecord[]): QueueRecord[][] {
  const batches: QueueRecord[][] = []
  for (const record of records) {
    const last = batches.at(-1)
    const isJoining =
      last !== undefined &&
      last.length < batchRecords &&
      record.type !== 'KEY_EXCHANGE' &&
      last[0]?.type !== 'KEY_EXCHANGE'
    if (isJoining) last.push(record)
    else batches.push([record])
  }
  return batches
}

/** Undefined when the cursor had expired and was moved on. */
async function readPage(
  context: Context,
  from: string | undefined,
  options: { signal?: AbortSignal },
) {
  const query = { limit: pageRecords, ...(from === undefined ? {} : { after: parseCursor(from) }) }
  try {
    return await context.api.call(endpoints.readMessages, { query }, options)
  } catch (error) {
    if (isChatError(error, 'cursor_expired')) {
      resume(context, from, String(error.members.resume))
      return undefined
    }
    if (!isChatError(error, 'bad_cursor') || from === undefined) throw error
    restart(context, from)
    return undefined
  }
}

/** Goes on from where the server still keeps records, and says that some are gone. */
export function resume(context: Context, from: string | undefined, to: string): void {
  context.vault.transaction(() => {
    if (context.cursor.get() !== from) return
    context.cursor.move(from, parseCursor(to))
    addSystemLine(context, {
      contact: null,
      event: 'mailbox.expired',
      text: 'This device was away for longer than the server keeps messages. What came in between and was removed there is lost; the rest follows.',
    })
  })
}

/** The server does not know the cursor: its data was set up anew. From the start; what is known is passed over. */
export function restart({ vault, state, cursor }: Context, from: string): void {
  vault.transaction(() => {
    if (cursor.get() === from) state.remove('cursor')
  })
}

/** Without a `meta` that is there and undefined. */
export function exactRecord({
  meta,
  ...record
}: Omit<QueueRecord, 'meta'> & { meta?: QueueRecord['meta'] | undefined }): QueueRecord {
  return meta === undefined ? record : { ...record, meta }
}

/** Lines somebody wrote, not remarks of this program. */
function countNew({ vault }: Context, sinceRevision: number): number {
  const row = vault.get(
    'SELECT count(*) AS lines FROM messages WHERE is_unread = 1 AND made > ?',
    sinceRevision,
  )
  return integerOf(row ?? {}, 'lines')
}
