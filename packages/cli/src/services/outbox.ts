import type { Account } from '@secure-chat/client'
import { ChatError, type ErrorCode, errorTable } from '@secure-chat/protocol/errors'

export type OutboxRow = {
  readonly id: string
  readonly to: string
  readonly at: string
  /** `held`: the key of the contact has changed. `refused`: it never will be sent; listed until dropped. */
  readonly state: 'waiting' | 'held' | 'refused'
  readonly text: string
  readonly reason: string | null
  readonly next_try_at: string | null
}

type Outgoing = Pick<Account, 'outbox'>

export function listOutbox({ outbox }: Outgoing): OutboxRow[] {
  return [...outbox.refused(), ...outbox.list()].map(
    ({ id, to, at, state, text, reason, next_try_at }) => ({
      id,
      to,
      at,
      state,
      text,
      reason,
      next_try_at,
    }),
  )
}

/** All of it, or one message. `held`: how many of those left wait for a decision about a changed key. */
export async function retryOutbox(
  id: string | undefined,
  { outbox }: Outgoing,
): Promise<{ sent: number; left: number; held: number; failure: ChatError | undefined }> {
  const { sent, left } = await outbox.retry(id)
  const items = outbox.list()
  const held = items.filter(({ state }) => state === 'held').length
  const reason = items.find((item) => item.state === 'waiting')?.reason
  return { sent, left, held, failure: left === 0 ? undefined : stillWaiting(left, held, reason) }
}

function stillWaiting(left: number, held: number, reason: ErrorCode | null | undefined): ChatError {
  if (held >= left) {
    const text = 'What waits is held: the key of the contact has changed and is not trusted yet.'
    return new ChatError('key_not_trusted', text)
  }
  // Only reasons of the network and the server belong here: the message waits for nothing else.
  const code = reason && errorTable[reason].exit === 3 ? reason : 'network_unreachable'
  return new ChatError(code, `Not everything could be sent. ${errorTable[reason ?? code].title}`)
}

export function dropFromOutbox(id: string, { outbox }: Outgoing): void {
  outbox.drop(id)
}
