import type { ErrorCode } from '@secure-chat/protocol'
import { ChatError } from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import type { Line } from '../messaging/line.ts'
import type { OutboxRow } from './outbox-store.ts'
import { refuse } from './refuse.ts'
import type { Sender } from './sender.ts'

/** A message that is not sent yet. */
export type OutboxItem = {
  id: string
  to: string
  at: string
  kind: string
  text: string
  /**
   * `held`: the contact's key changed, nothing is sent to them. `refused`: it never will be, and no `send` has said
   * so; listed until it is dropped.
   */
  state: 'waiting' | 'held' | 'refused'
  /** Of the last attempt, the hold or the refusal. */
  reason: ErrorCode | null
  /** Of a refusal, where the server said more: its words. */
  detail?: string
  attempts: number
  /** Not tried by itself before; null: at the next chance. */
  next_try_at: string | null
}

/** What is kept until the server has it. */
export type Outbox = {
  /** What waits, in the order of sending. */
  list(): OutboxItem[]
  /** What waited and was refused for good, oldest first. */
  refused(): OutboxItem[]
  /** Tries now, whatever waits were set. @throws ChatError `not_found` for an id that does not wait */
  retry(id?: string): Promise<{ sent: number; left: number }>
  /** Gives one up, or takes note of a refusal. @throws ChatError `not_found` */
  drop(id: string): void
  flush(options?: { signal?: AbortSignal }): Promise<{ sent: number; left: number }>
}

export function makeOutbox(context: Context, sender: Sender): Outbox {
  const { outbox, vault, lines, self, contacts, clock } = context
  const messages = (): OutboxRow[] => outbox.list().filter(({ waiting }) => waiting.content)
  const left = (): number => messages().length
  const waitingRow = (id: string): OutboxRow => {
    const row = messages().find((each) => each.id === id)
    if (row) return row
    throw new ChatError('not_found', `No message with the id ${id} waits to be sent.`, {
      suggestions: ['secure-chat outbox'],
    })
  }
  const flush = async (options: { signal?: AbortSignal } = {}) => {
    const { sent } = await sender.flush(options)
    return { sent, left: left() }
  }
  const itemOf = ({ id, waiting, attempts, dueAt }: OutboxRow): OutboxItem => {
    const isHeld = contacts.get(waiting.to)?.changed != null
    return {
      id,
      to: waiting.to,
      at: new Date(waiting.content?.at ?? 0).toISOString(),
      kind: waiting.content?.kind ?? '',
      text: lines.get(lines.tagOf(self.name, id))?.line.text ?? '',
      state: isHeld ? 'held' : 'waiting',
      reason: isHeld ? 'key_not_trusted' : waiting.reason,
      attempts,
      next_try_at: dueAt > clock.now() ? new Date(dueAt).toISOString() : null,
    }
  }
  return {
    flush,
    list: () => messages().map(itemOf),
    refused: () =>
      lines.refused().flatMap(({ line }) => (line.isTold === false ? [refusedItem(line)] : [])),
    async retry(id) {
      if (id === undefined) {
        vault.transaction(() => outbox.hasten())
      } else {
        const { contact } = waitingRow(id)
        // Its conversation keeps its order, so what stands before it is tried as well.
        vault.transaction(() => {
          for (const row of outbox.ofContact(contact)) outbox.hasten(row.id)
        })
      }
      return await flush()
    },
    drop(id) {
      vault.transaction(() => {
        const tag = lines.tagOf(self.name, id)
        const isRefused = lines.get(tag)?.line.isTold === false
        if (!isRefused) refuse(context, waitingRow(id), { code: 'interrupted' })
        lines.markTold(tag)
      })
    },
  }
}

function refusedItem({ id, to, at, kind, text, reason, detail }: Line): OutboxItem {
  const time = new Date(at).toISOString()
  const item = { id, to, at: time, kind, text, state: 'refused', reason } as const
  return { ...item, ...(detail !== undefined && { detail }), attempts: 0, next_try_at: null }
}
