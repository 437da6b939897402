import type { Context } from '../messaging/context.ts'
import { exchangeNumber, type OutboxRow } from './outbox-store.ts'
import type { Refusal } from './outcome.ts'

/**
 * Keeps that the server will never take it; inside a transaction. A message's number goes into the next
 * `void` of its kid; a refused exchange takes along all that waits under its kid.
 */
export function refuse(context: Context, row: OutboxRow, refusal: Refusal): void {
  const { chains, outbox } = context
  if (row.n === exchangeNumber) {
    chains.setSendingState(row.kid, 'closed')
    for (const each of outbox.ofKid(row.kid)) drop(context, each, refusal)
    return
  }
  drop(context, row, refusal)
  const told = [...row.waiting.tells, row.n]
  chains.changeSending(row.kid, (record) => ({
    ...record,
    refused: [...new Set([...record.refused, ...told])].sort((a, b) => a - b),
  }))
}

/** Keeps that there is no key to seal for; inside a transaction. All that waits for it is of one fate. */
export function refuseUnsealed(context: Context, contact: string, refusal: Refusal): void {
  for (const row of context.outbox.ofContact(contact)) {
    if (row.waiting.toKey === null) drop(context, row, refusal)
  }
}

function drop({ outbox, lines, self }: Context, row: OutboxRow, refusal: Refusal): void {
  const { code: reason, ...words } = refusal
  outbox.remove(row)
  lines.change(lines.tagOf(self.name, row.id), (line) =>
    line.state === 'queued' ? { ...line, ...words, state: 'refused', reason, isTold: false } : line,
  )
}
