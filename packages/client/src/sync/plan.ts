import { createHash } from 'node:crypto'
import type { QueueRecord, UserName } from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import { newLine } from '../messaging/line.ts'
import { trustOf } from '../trust/contact.ts'
import type { EnvelopeState } from './envelope-store.ts'

/**
 * What a received record changes. Made outside, it runs inside the transaction that also moves the cursor;
 * false: the vault changed since it was made, make it again.
 */
export type Plan = () => boolean

export const nothing: Plan = () => true

export function hashOf(message: string): string {
  return createHash('sha256').update(message).digest('base64url')
}

/** Of what was not opened: of this very record, so a copy that differs anywhere is another one. */
export function envelopeTag(
  { vault }: Context,
  { sender, type, id, message }: QueueRecord,
): string {
  return vault.tag('envelope', sender, type, id, hashOf(message))
}

export function recordTime({ clock }: Context, record: QueueRecord): number {
  const time = Date.parse(record.timestamp)
  return Number.isNaN(time) ? clock.now() : time
}

/** Shows that something could not be opened, and keeps it for another try. */
export function planUnopened(
  context: Context,
  sender: UserName,
  record: QueueRecord,
  o: { kid: string | null; state: EnvelopeState; text: string },
): Plan {
  const { lines, envelopes, contacts, self } = context
  const tag = envelopeTag(context, record)
  return () => {
    const { kid, state, text } = o
    const isWaiting = envelopes.has(tag)
    if (isWaiting) envelopes.setState(tag, state)
    const shown = lines.get(tag)
    if (shown) {
      // What waits no longer was sent again or given up: its line says so, and a second reading is no news.
      if (isWaiting && shown.line.text !== text) lines.change(tag, (line) => ({ ...line, text }))
      return true
    }
    envelopes.add({
      tag,
      contact: contacts.tagOf(sender),
      kid,
      state,
      isAsked: false,
      sender,
      record,
    })
    lines.add(
      tag,
      newLine({
        id: record.id,
        from: sender,
        to: self.name,
        at: recordTime(context, record),
        contact: sender,
        kind: record.type === 'CHAT_MESSAGE' ? 'text' : 'notice',
        text,
        state: 'undecryptable',
        trust: trustOf(contacts.get(sender)),
        meta: { ...record.meta },
        isUnread: record.type === 'CHAT_MESSAGE',
      }),
    )
    return true
  }
}

/** Shows an attempt on the conversation, once per record. */
export function planAttack(
  context: Context,
  contact: UserName | null,
  record: QueueRecord,
  text: string,
): Plan {
  const { lines, contacts, self } = context
  const tag = envelopeTag(context, record)
  return () => {
    if (lines.get(tag)) return true
    lines.add(
      tag,
      newLine({
        id: record.id,
        from: record.sender,
        to: self.name,
        at: recordTime(context, record),
        contact,
        kind: 'notice',
        text,
        trust: trustOf(contact === null ? undefined : contacts.get(contact)),
      }),
    )
    return true
  }
}
