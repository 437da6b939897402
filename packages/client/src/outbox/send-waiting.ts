import { endpoints } from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import { exchangeNumber, type OutboxRow, type SealedRow } from './outbox-store.ts'

/** One attempt, with the bytes and the id of every attempt. @throws ChatError what the server or the network said */
export async function sendWaiting(
  { api }: Context,
  { id, waiting }: SealedRow,
  options: { signal?: AbortSignal },
): Promise<void> {
  const params = { username: waiting.to }
  if (waiting.content === null) {
    const body = { encrypted_key: waiting.envelope, id }
    await api.call(endpoints.keyExchange, { params, body }, options)
  } else {
    const body = { message: waiting.envelope, id, to_key: waiting.toKey }
    await api.call(endpoints.sendMessage, { params, body }, options)
  }
}

/** Keeps that the server has it; inside a transaction. */
export function markSent({ lines, chains, outbox, self }: Context, row: OutboxRow): void {
  outbox.remove(row)
  if (row.n === exchangeNumber) {
    if (chains.sending(row.kid)?.state === 'offered') chains.setSendingState(row.kid, 'accepted')
    return
  }
  lines.change(lines.tagOf(self.name, row.id), (line) =>
    line.state === 'queued' || line.state === 'refused'
      ? { ...line, state: 'sent', reason: null }
      : line,
  )
}
