import { parseUserName } from '@secure-chat/protocol'
import { requestReceipt } from '../sync/receipts.ts'
import type { Context } from './context.ts'
import { lineColumns } from './line-store.ts'

/** Marks a contact's lines read, up to and with their line `upTo` (all when left out; none when it is no line of theirs). @returns how many were unread */
export function markRead(context: Context, name: string, upTo?: string): number {
  const { vault, lines, contacts } = context
  const contact = parseUserName(name)
  const tag = contacts.tagOf(contact)
  return vault.transaction(() => {
    const end = upTo === undefined ? Number.MAX_SAFE_INTEGER : (lines.positionOf(upTo, tag) ?? 0)
    const rows = vault
      .all(
        `SELECT ${lineColumns} FROM messages WHERE contact = ? AND is_unread = 1 AND position <= ? ORDER BY position`,
        tag,
        end,
      )
      .map(lines.open)
    vault.run(
      'UPDATE messages SET is_unread = 0 WHERE contact = ? AND is_unread = 1 AND position <= ?',
      tag,
      end,
    )
    for (const { line } of rows) {
      if (line.state === 'received' && line.trust !== 'changed') {
        requestReceipt(context, contact, line.id, 'read')
      }
    }
    return rows.length
  })
}
