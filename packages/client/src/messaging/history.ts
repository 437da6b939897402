import { trustOf } from '../trust/contact.ts'
import type { ContactStore } from '../trust/contact-store.ts'
import { integerOf, textOf } from '../vault/rows.ts'
import type { Vault } from '../vault/vault.ts'
import { isRemarkKind, type Line, storedMessage } from './line.ts'
import { type LineRow, type LineStore, lineColumns } from './line-store.ts'
import type { ChatRow, MessageQuery, StoredMessage } from './types.ts'

export type History = {
  messages(query: MessageQuery): StoredMessage[]
  chats(): ChatRow[]
  /** Oldest first, one by one, whatever the length. */
  all(): Generator<StoredMessage>
}

const defaultLimit = 100
/** Rows taken from the file at a time, so that a search over years needs no more memory than this. */
const batchRows = 200
/** Rarely more remarks of the program than this stand below what was said last. */
const remarksInARow = 5

export function makeHistory(o: {
  vault: Vault
  lines: LineStore
  contacts: ContactStore
}): History {
  const { vault, lines, contacts } = o

  function tagIn(query: MessageQuery): string | undefined {
    return query.with === undefined ? undefined : contacts.tagOf(query.with.toLowerCase())
  }

  /** Newest first. */
  function* matching(query: MessageQuery): Generator<Line> {
    const { conditions, values } = conditionsOf(query)
    const contact = tagIn(query)
    let below =
      query.before === undefined ? undefined : (lines.positionOf(query.before, contact) ?? 0)
    for (;;) {
      const bound = below === undefined ? [] : ['position < ?']
      const where = [...conditions, ...bound].join(' AND ') || 'TRUE'
      const rows = vault.all(
        `SELECT ${lineColumns} FROM messages WHERE ${where} ORDER BY position DESC LIMIT ${batchRows}`,
        ...values,
        ...(below === undefined ? [] : [below]),
      )
      for (const row of rows) yield lines.open(row).line
      if (rows.length < batchRows) return
      below = integerOf(rows.at(-1) ?? {}, 'position')
    }
  }

  function conditionsOf(query: MessageQuery): {
    conditions: string[]
    values: (string | number)[]
  } {
    const parts: [string, string | number][] = []
    const contact = tagIn(query)
    if (contact !== undefined) parts.push(['contact = ?', contact])
    if (query.since !== undefined) parts.push(['at >= ?', query.since])
    if (query.until !== undefined) parts.push(['at <= ?', query.until])
    if (query.unread !== undefined) parts.push(['is_unread = ?', query.unread ? 1 : 0])
    return { conditions: parts.map(([sql]) => sql), values: parts.map(([, value]) => value) }
  }

  /** A line held by a changed key has no reason of its own: it goes when the user decides. */
  function shown(line: Line): StoredMessage {
    const isHeld =
      line.state === 'queued' &&
      line.contact !== null &&
      contacts.get(line.contact)?.changed != null
    return storedMessage(isHeld ? { ...line, reason: 'key_not_trusted' } : line)
  }

  function newestSaid(contact: string): LineRow | undefined {
    let below = Number.MAX_SAFE_INTEGER
    for (;;) {
      const rows = vault.all(
        `SELECT ${lineColumns} FROM messages WHERE contact = ? AND line = 'message' AND position < ? ORDER BY position DESC LIMIT ${remarksInARow}`,
        contact,
        below,
      )
      for (const row of rows) {
        const opened = lines.open(row)
        if (!isRemarkKind(opened.line.kind)) return opened
      }
      if (rows.length < remarksInARow) return undefined
      below = integerOf(rows.at(-1) ?? {}, 'position')
    }
  }

  return {
    messages(query) {
      const limit = query.limit ?? defaultLimit
      const wanted = query.search === undefined ? undefined : folded(query.search)
      const found: StoredMessage[] = []
      if (limit <= 0) return found
      for (const line of matching(query)) {
        if (wanted !== undefined && !folded(line.text).includes(wanted)) continue
        found.push(shown(line))
        if (found.length >= limit) break
      }
      return found.reverse()
    },
    chats: () =>
      vault
        .all(
          "SELECT contact, max(position) AS newest, sum(is_unread) AS unread FROM messages WHERE contact <> '' GROUP BY contact ORDER BY newest DESC",
        )
        .flatMap((row) => {
          const tag = textOf(row, 'contact')
          const said = newestSaid(tag)
          const contact = contacts.byTag(tag)
          const name = contact?.name ?? said?.line.contact
          if (!name) return []
          return {
            name,
            unread: integerOf(row, 'unread'),
            last_at: said ? new Date(said.line.at).toISOString() : null,
            last_text: said?.line.text ?? null,
            trust: trustOf(contact),
          }
        }),
    *all() {
      let above = 0
      for (;;) {
        const rows = vault.all(
          `SELECT ${lineColumns} FROM messages WHERE position > ? ORDER BY position LIMIT ${batchRows}`,
          above,
        )
        for (const row of rows) yield shown(lines.open(row).line)
        if (rows.length < batchRows) return
        above = integerOf(rows.at(-1) ?? {}, 'position')
      }
    },
  }
}

function folded(text: string): string {
  return text.normalize('NFKC').toLocaleLowerCase('en')
}
