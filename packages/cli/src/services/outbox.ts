import type { Account } from '@secure-chat/client'

export type OutboxRow = {
  readonly id: string
  readonly to: string
  readonly at: string
  /** `held`: the key of the contact has changed. */
  readonly state: 'waiting' | 'held'
  readonly text: string
  readonly reason: string | null
  readonly next_try_at: string | null
}

type Outgoing = Pick<Account, 'outbox'>

export function listOutbox({ outbox }: Outgoing): OutboxRow[] {
  return outbox.list().map(({ id, to, at, state, text, reason, next_try_at }) => ({
    id,
    to,
    at,
    state,
    text,
    reason,
    next_try_at,
  }))
}

/** All of it, or one message. `held`: how many of those left wait for a decision about a changed key. */
export async function retryOutbox(
  id: string | undefined,
  { outbox }: Outgoing,
): Promise<{ sent: number; left: number; held: number }> {
  const { sent, left } = await outbox.retry(id)
  const held = outbox.list().filter(({ state }) => state === 'held').length
  return { sent, left, held }
}

export function dropFromOutbox(id: string, { outbox }: Outgoing): void {
  outbox.drop(id)
}
