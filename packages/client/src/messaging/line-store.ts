import { asWritten } from '../vault/as-written.ts'
import { bytesOf, integerOf, type Row, textOf } from '../vault/rows.ts'
import type { Vault } from '../vault/vault.ts'
import type { Line } from './line.ts'
import { nextRevision } from './revisions.ts'

export type LineRow = { position: number; tag: string; made: number; rev: number; line: Line }

/** A line that is gone, with the revisions of its coming and going. */
export type RemovedLine = { rev: number; made: number; id: string; to: string }

/** So many are remembered: a process that looks ten times a second misses none. */
const removedMax = 1_000

/** The history in the vault. Writes belong inside a transaction. */
export type LineStore = {
  /** Of what `sender` sent or wrote under `id` and was opened here. */
  tagOf(sender: string, id: string): string
  /** `tag` must be new. */
  add(tag: string, line: Line): void
  get(tag: string): LineRow | undefined
  /** Changes the line in place. Unknown tags are left alone. `nextTag`: what it says has come only now. */
  change(tag: string, change: (line: Line) => Line, nextTag?: string): void
  /** Its refusal is known to the user: no news to anybody. */
  markTold(tag: string): void
  remove(tag: string): void
  /** Removes it, and tells the other processes that it is gone. */
  takeBack(tag: string): void
  /** Lines taken back after the revision, in order. */
  takenBackSince(rev: number): RemovedLine[]
  /**
   * Position of the newest line with this id; of any sender, unless a contact's tag is given: ids are their senders'
   * choice, and unique only among theirs.
   */
  positionOf(id: string, contact?: string): number | undefined
  /** Own lines that were refused, oldest first. */
  refused(): LineRow[]
  /** Lines that came or changed after the revision, in order of change. */
  changedSince(rev: number, limit: number): LineRow[]
  open(row: Row): LineRow
}

export const lineColumns = 'position, tag, is_unread, made, rev, data'

export function makeLineStore(vault: Vault): LineStore {
  const sealed = vault.column('messages', 'data', asWritten<Line>)
  const contactTag = (line: Line): string =>
    line.contact === null ? '' : vault.tag('contact', line.contact)
  const removed = vault.column('removed_lines', 'data', asWritten<{ id: string; to: string }>)
  const open = (row: Row): LineRow => {
    const tag = textOf(row, 'tag')
    return {
      position: integerOf(row, 'position'),
      tag,
      made: integerOf(row, 'made'),
      rev: integerOf(row, 'rev'),
      // Reading a line changes the column only.
      line: {
        ...sealed.open(tag, bytesOf(row, 'data')),
        isUnread: integerOf(row, 'is_unread') === 1,
      },
    }
  }
  const get = (tag: string): LineRow | undefined => {
    const row = vault.get(`SELECT ${lineColumns} FROM messages WHERE tag = ?`, tag)
    return row && open(row)
  }
  return {
    tagOf: (sender, id) => vault.tag('message', sender, id),
    open,
    get,
    add(tag, line) {
      const rev = nextRevision(vault)
      vault.run(
        'INSERT INTO messages (tag, id_tag, contact, at, line, direction, state, is_unread, made, rev, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        tag,
        vault.tag('id', line.id),
        contactTag(line),
        line.at,
        line.line,
        line.direction,
        line.state,
        line.isUnread ? 1 : 0,
        rev,
        rev,
        sealed.seal(tag, line),
      )
    },
    change(tag, change, nextTag = tag) {
      const row = get(tag)
      if (!row) return
      const next = change(row.line)
      const rev = nextRevision(vault)
      vault.run(
        'UPDATE messages SET tag = ?, at = ?, state = ?, is_unread = ?, made = ?, rev = ?, data = ? WHERE tag = ?',
        nextTag,
        next.at,
        next.state,
        next.isUnread ? 1 : 0,
        nextTag === tag ? row.made : rev,
        rev,
        sealed.seal(nextTag, next),
        tag,
      )
    },
    markTold(tag) {
      const row = get(tag)
      if (!row || row.line.isTold) return
      const data = sealed.seal(tag, { ...row.line, isTold: true })
      vault.run('UPDATE messages SET data = ? WHERE tag = ?', data, tag)
    },
    remove: (tag) => void vault.run('DELETE FROM messages WHERE tag = ?', tag),
    takeBack(tag) {
      const row = get(tag)
      if (!row) return
      const { id, to } = row.line
      const rev = nextRevision(vault)
      vault.run('DELETE FROM messages WHERE tag = ?', tag)
      vault.run(
        'INSERT INTO removed_lines (rev, made, data) VALUES (?, ?, ?)',
        rev,
        row.made,
        removed.seal(rev, { id, to }),
      )
      vault.run(
        'DELETE FROM removed_lines WHERE rev <= (SELECT rev FROM removed_lines ORDER BY rev DESC LIMIT 1 OFFSET ?)',
        removedMax,
      )
    },
    takenBackSince: (since) =>
      vault
        .all('SELECT rev, made, data FROM removed_lines WHERE rev > ? ORDER BY rev', since)
        .map((row) => {
          const rev = integerOf(row, 'rev')
          return { rev, made: integerOf(row, 'made'), ...removed.open(rev, bytesOf(row, 'data')) }
        }),
    positionOf(id, contact) {
      const row = vault.get(
        `SELECT max(position) AS position FROM messages WHERE id_tag = ?${contact === undefined ? '' : ' AND contact = ?'}`,
        vault.tag('id', id),
        ...(contact === undefined ? [] : [contact]),
      )
      return row?.position == null ? undefined : integerOf(row, 'position')
    },
    refused: () =>
      vault
        .all(
          `SELECT ${lineColumns} FROM messages WHERE state = 'refused' AND direction = 'out' ORDER BY position`,
        )
        .map(open),
    changedSince: (rev, limit) =>
      vault
        .all(`SELECT ${lineColumns} FROM messages WHERE rev > ? ORDER BY rev LIMIT ?`, rev, limit)
        .map(open),
  }
}
