import type { QueueRecord, UserName } from '@secure-chat/protocol'
import { asWritten } from '../vault/as-written.ts'
import { bytesOf, integerOf, type Row, textOf, textOrNull } from '../vault/rows.ts'
import type { Vault } from '../vault/vault.ts'

/** `waiting` for a key; `failed`: there was one and it did not open. */
export type EnvelopeState = 'waiting' | 'failed'

export type Envelope = {
  tag: string
  contact: string
  kid: string | null
  state: EnvelopeState
  isAsked: boolean
  sender: UserName
  record: QueueRecord
}

/** What came and could not be opened, capped per sender. Writes belong inside a transaction. */
export type EnvelopeStore = {
  has(tag: string): boolean
  get(tag: string): Envelope | undefined
  /** @returns tags of older ones of this sender that had to go */
  add(envelope: Envelope): void
  remove(tag: string): void
  setState(tag: string, state: EnvelopeState): void
  markAsked(tags: readonly string[]): void
  /** In order of arrival. */
  waiting(where: { contact?: string; kid?: string }): Envelope[]
  /** Waiting messages whose chain is known by now, and exchanges: worth another try. */
  openable(): Envelope[]
  /** Contacts (tags) with waiting messages nobody was asked about. */
  contactsToAsk(): string[]
}

const bytesMaxPerSender = 8 * 1024 * 1024
const countMaxPerSender = 2_000

export function makeEnvelopeStore(vault: Vault): EnvelopeStore {
  const sealed = vault.column(
    'envelopes',
    'data',
    asWritten<{ sender: UserName; record: QueueRecord }>,
  )
  const open = (row: Row): Envelope => {
    const tag = textOf(row, 'tag')
    return {
      tag,
      contact: textOf(row, 'contact'),
      kid: textOrNull(row, 'kid'),
      state: asWritten<EnvelopeState>(textOf(row, 'state')),
      isAsked: integerOf(row, 'is_asked') === 1,
      ...sealed.open(tag, bytesOf(row, 'data')),
    }
  }
  const select = (where: string, ...values: string[]): Envelope[] =>
    vault
      .all(
        `SELECT tag, contact, kid, state, is_asked, data FROM envelopes e WHERE ${where} ORDER BY position`,
        ...values,
      )
      .map(open)

  /** The oldest go first; their lines stay in the history as not readable. */
  function trim(contact: string): void {
    vault.run(
      `DELETE FROM envelopes WHERE position IN (
         SELECT position FROM (
           SELECT position,
             sum(bytes) OVER (ORDER BY position DESC) AS total,
             row_number() OVER (ORDER BY position DESC) AS place
           FROM envelopes WHERE contact = ?
         ) WHERE total > ? OR place > ?
       )`,
      contact,
      bytesMaxPerSender,
      countMaxPerSender,
    )
  }

  return {
    has: (tag) => vault.get('SELECT 1 AS found FROM envelopes WHERE tag = ?', tag) !== undefined,
    get: (tag) => select('tag = ?', tag)[0],
    add({ tag, contact, kid, state, isAsked, sender, record }) {
      vault.run(
        'INSERT INTO envelopes (tag, contact, kid, state, is_asked, bytes, data) VALUES (?, ?, ?, ?, ?, ?, ?)',
        tag,
        contact,
        kid,
        state,
        isAsked ? 1 : 0,
        record.message.length,
        sealed.seal(tag, { sender, record }),
      )
      trim(contact)
    },
    remove: (tag) => void vault.run('DELETE FROM envelopes WHERE tag = ?', tag),
    setState: (tag, state) =>
      void vault.run('UPDATE envelopes SET state = ? WHERE tag = ?', state, tag),
    markAsked(tags) {
      for (const tag of tags) vault.run('UPDATE envelopes SET is_asked = 1 WHERE tag = ?', tag)
    },
    waiting({ contact, kid }) {
      if (contact !== undefined && kid !== undefined) {
        return select("state = 'waiting' AND contact = ? AND kid = ?", contact, kid)
      }
      return contact === undefined
        ? select("state = 'waiting'")
        : select("state = 'waiting' AND contact = ?", contact)
    },
    openable: () =>
      select(
        `state = 'waiting' AND EXISTS (
           SELECT 1 FROM receiving_chains r WHERE r.contact = e.contact AND r.kid = e.kid
         )`,
      ),
    contactsToAsk: () =>
      vault
        .all(
          "SELECT DISTINCT contact FROM envelopes WHERE state = 'waiting' AND is_asked = 0 AND kid IS NOT NULL",
        )
        .map((row) => textOf(row, 'contact')),
  }
}
