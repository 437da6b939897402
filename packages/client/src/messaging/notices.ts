import type { UserName } from '@secure-chat/protocol'
import { trustOf } from '../trust/contact.ts'
import type { Context } from './context.ts'
import { type KeyChange, type Line, newLine } from './line.ts'

/** Adds a line of this program to a conversation; inside a transaction. */
export function addNotice(context: Context, contact: UserName, text: string): void {
  addRemark(context, { contact, from: contact, kind: 'notice', text })
}

/** Adds a line about a contact's key; `change` when it is another one than before. */
export function addTrustLine(
  context: Context,
  contact: UserName,
  text: string,
  change: KeyChange | null = null,
): void {
  addRemark(context, { contact, from: contact, kind: 'notice', line: 'trust', event: change, text })
}

/** Adds a line about something the server said. */
export function addSystemLine(
  context: Context,
  o: { contact: UserName | null; event: string; text: string; at?: number },
): void {
  addRemark(context, { ...o, from: 'system', kind: 'system', line: 'system' })
}

function addRemark(
  context: Context,
  given: Pick<Line, 'contact' | 'from' | 'kind' | 'text'> & Partial<Line>,
): void {
  const { lines, vault, self, clock, contacts } = context
  const id = context.newId()
  const trust = trustOf(given.contact === null ? undefined : contacts.get(given.contact))
  lines.add(
    vault.tag('remark', id),
    newLine({ id, to: self.name, at: clock.now(), trust, ...given }),
  )
}
