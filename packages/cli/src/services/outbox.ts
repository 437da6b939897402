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
  /** Of a refusal by a rule of the server: its words. */
  readonly detail?: string
  readonly next_try_at: string | null
}

type Outgoing = Pick<Account, 'outbox'>

export function listOutbox({ outbox }: Outgoing): OutboxRow[] {
  return [...outbox.refused(), ...outbox.list()].map(
    ({ id, to, at, state, text, reason, detail, next_try_at }) => ({
      id,
      to,
      at,
      state,
      text,
      reason,
      ...(detail !== undefined && { detail }),
      next_try_at,
    }),
  )
}

export type Retried = {
  readonly sent: number
  readonly left: number
  /** How many of those left wait for a decision about a changed key. */
  readonly held: number
  /** Refused for good just now. */
  readonly refused: number
  readonly failure: ChatError | undefined
}

/** All of it, or one message. */
export async function retryOutbox(id: string | undefined, { outbox }: Outgoing): Promise<Retried> {
  const known = new Set(outbox.refused().map((item) => item.id))
  const { sent, left } = await outbox.retry(id)
  const items = outbox.list()
  const held = items.filter(({ state }) => state === 'held').length
  const reason = items.find((item) => item.state === 'waiting')?.reason
  const refused = outbox.refused().filter((item) => !known.has(item.id))
  const failure = left === 0 ? refusal(refused.at(0)) : stillWaiting(left, held, reason)
  return { sent, left, held, refused: refused.length, failure }
}

function refusal(
  item: { to: string; reason: ErrorCode | null; detail?: string } | undefined,
): ChatError | undefined {
  if (!item) return undefined
  const code = item.reason ?? 'not_accepted'
  return new ChatError(
    code,
    `What waited for ${item.to} will never be sent: ${item.detail ?? errorTable[code].title} It is listed until you drop it.`,
    { suggestions: ['secure-chat outbox', 'secure-chat outbox drop ID'] },
  )
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
