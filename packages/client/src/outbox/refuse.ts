import type { ErrorCode } from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import { exchangeNumber, type OutboxRow } from './outbox-store.ts'

/**
 * Keeps that the server will never take it; inside a transaction. A message's number goes into the next
 * `void` of its kid; a refused exchange takes along all that waits under its kid.
 */
export function refuse(context: Context, row: OutboxRow, code: ErrorCode): void {
  const { chains, outbox } = context
  if (row.n === exchangeNumber) {
    chains.setSendingState(row.kid, 'closed')
    for (const each of outbox.ofKid(row.kid)) drop(context, each, code)
    return
  }
  drop(context, row, code)
  const told = [...row.waiting.tells, row.n]
  chains.changeSending(row.kid, (record) => ({
    ...record,
    refused: [...new Set([...record.refused, ...told])].sort((a, b) => a - b),
  }))
}

/** Keeps that there is no key to seal for; inside a transaction. All that waits for it is of one fate. */
export function refuseUnsealed(context: Context, contact: string, code: ErrorCode): void {
  for (const row of context.outbox.ofContact(contact)) {
    if (row.waiting.toKey === null) drop(context, row, code)
  }
}

function drop({ outbox, lines, self }: Context, row: OutboxRow, code: ErrorCode): void {
  outbox.remove(row)
  lines.change(lines.tagOf(self.name, row.id), (line) =>
    line.state === 'queued' ? { ...line, state: 'refused', reason: code, isTold: false } : line,
  )
}
