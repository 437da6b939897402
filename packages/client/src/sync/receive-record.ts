import type { QueueRecord } from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import type { Envelope } from './envelope-store.ts'
import type { Plan } from './plan.ts'
import { planExchange } from './plan-exchange.ts'
import { type Ahead, planMessage } from './plan-message.ts'
import { nameOf, planForged, planOther, planSystem } from './plan-system.ts'

export type ReceiveOptions = {
  signal?: AbortSignal
  /** The cursor's step over this record, made in the transaction that keeps it. */
  step?: { from: string | undefined; to: string }
}

/**
 * Takes one record of the mailbox: what it says is kept, and the cursor moved, in one transaction
 * ("acknowledge after keeping"). Again is harmless. What was waiting for a key that came is opened.
 *
 * @throws ChatError when the network is needed (a sender's key) and fails, or the disk; nothing moved then
 */
export async function receiveRecord(
  context: Context,
  record: QueueRecord,
  options: ReceiveOptions = {},
): Promise<void> {
  await keep(context, () => planFor(context, record, options), options)
  if (record.type === 'KEY_EXCHANGE') await openWaiting(context, context.envelopes.openable())
}

/**
 * Takes several records in one transaction: what a disk takes to keep one is what it takes to keep fifty.
 * Not for key exchanges, which what follows them depends on.
 */
export async function receiveTogether(
  context: Context,
  records: readonly QueueRecord[],
  options: ReceiveOptions = {},
): Promise<void> {
  const ahead: Ahead = { seen: new Map(), chains: new Map() }
  const plans: Plan[] = []
  for (const record of records) plans.push(await planFor(context, record, options, ahead))
  try {
    context.vault.transaction(() => {
      for (const apply of plans) if (!apply()) throw new Stale()
      moveCursor(context, options)
    })
  } catch (error) {
    if (!(error instanceof Stale)) throw error
    // Another process works on the same chain: one by one, each against what stands then.
    const { step, ...rest } = options
    for (const record of records.slice(0, -1)) await receiveRecord(context, record, rest)
    for (const record of records.slice(-1)) await receiveRecord(context, record, options)
  }
}

/** Rolls the transaction back; never leaves this file. */
class Stale extends Error {}

function moveCursor({ cursor }: Context, { step }: ReceiveOptions): void {
  if (step) cursor.move(step.from, step.to)
}

/** Tries kept envelopes again, in the order they came. */
export async function openWaiting(
  context: Context,
  envelopes: readonly Envelope[],
  options: ReceiveOptions = {},
): Promise<void> {
  for (const { record } of envelopes) {
    await keep(context, () => planFor(context, record, options), options)
  }
}

/** After a key of ours or a contact's was added: everything that waits, exchanges first. */
export async function retryWaiting(context: Context, options: ReceiveOptions = {}): Promise<void> {
  const waiting = context.envelopes.waiting({})
  const exchanges = waiting.filter(({ record }) => record.type === 'KEY_EXCHANGE')
  await openWaiting(context, exchanges, options)
  await openWaiting(context, context.envelopes.openable(), options)
}

async function keep(
  context: Context,
  plan: () => Promise<Plan>,
  options: ReceiveOptions,
): Promise<void> {
  for (;;) {
    const apply = await plan()
    const isKept = context.vault.transaction(() => {
      if (!apply()) return false
      moveCursor(context, options)
      return true
    })
    if (isKept) return
  }
}

async function planFor(
  context: Context,
  record: QueueRecord,
  { signal }: ReceiveOptions,
  ahead?: Ahead,
): Promise<Plan> {
  if (record.type === 'SYSTEM' && record.sender === 'system') return planSystem(context, record)
  if (record.type !== 'KEY_EXCHANGE' && record.type !== 'CHAT_MESSAGE') {
    return planOther(context, record)
  }
  const sender = nameOf(record.sender)
  // Nobody writes to themselves here, so what comes back in our own name was turned round on the way.
  if (sender === undefined || sender === context.self.name) return planForged(context, record)
  return record.type === 'CHAT_MESSAGE'
    ? await planMessage(context, sender, record, ahead)
    : await planExchange(context, sender, record, signal ? { signal } : {})
}
