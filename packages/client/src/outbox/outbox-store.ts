import type { ErrorCode, Fingerprint, UserName } from '@secure-chat/protocol'
import { asWritten } from '../vault/as-written.ts'
import { bytesOf, integerOf, type Row, textOf } from '../vault/rows.ts'
import type { Vault } from '../vault/vault.ts'

/** What a message says, kept beside its ciphertext until it is sent: a changed key means sealing it anew. */
export type Content = { id: string; at: number; kind: string; body: unknown; reSent?: string }

type Common = {
  to: UserName
  /** null: it is the key exchange of its kid. */
  content: Content | null
  /** Refused numbers this message tells of; told again by a later one if this one is refused as well. */
  tells: number[]
  /** It was sealed under another kid before: the server may have taken that one. */
  isResealed: boolean
  /** Why the last try failed. */
  reason: ErrorCode | null
}

/** What waits to be sent, exactly as it will be sent, now and at every repeat. */
type Sealed = Common & {
  toKey: Fingerprint
  /** The compact JWE. */
  envelope: string
}

/** What waits for the recipient's key, because nobody could be asked for it: sealed before it is sent. */
type Unsealed = Common & { toKey: null; envelope: null; content: Content }

type Waiting = Sealed | Unsealed

export type OutboxRow = {
  position: number
  id: string
  contact: string
  kid: string
  /** −1 for the exchange. */
  n: number
  /** Not tried before, ms since the epoch. */
  dueAt: number
  attempts: number
  waiting: Waiting
}

export type SealedRow = OutboxRow & { waiting: Sealed }

export const exchangeNumber = -1

/** The outbox in the vault, in the order of sending. Writes belong inside a transaction. */
export type OutboxStore = {
  add(row: Pick<OutboxRow, 'id' | 'contact' | 'kid' | 'n' | 'waiting'>): void
  /** Keeps what a message says until the key of its recipient is known. */
  addUnsealed(contact: string, to: UserName, content: Content): void
  get(id: string): OutboxRow | undefined
  /** The first of each contact: nothing overtakes within a conversation. */
  heads(): OutboxRow[]
  ofContact(contact: string): OutboxRow[]
  ofKid(kid: string): OutboxRow[]
  list(): OutboxRow[]
  count(): number
  /** Only this very row: after a changed key another one may stand under its id. */
  remove(row: OutboxRow): void
  postpone(row: OutboxRow, dueAt: number, reason: ErrorCode): void
  /** Due at once: one, or all. */
  hasten(id?: string): void
}

const columns = 'position, id, contact, kid, n, due_at, attempts, data'

export function makeOutboxStore(vault: Vault): OutboxStore {
  const sealed = vault.column('outbox', 'data', asWritten<Waiting>)
  const open = (row: Row): OutboxRow => {
    const id = textOf(row, 'id')
    return {
      position: integerOf(row, 'position'),
      id,
      contact: textOf(row, 'contact'),
      kid: textOf(row, 'kid'),
      n: integerOf(row, 'n'),
      dueAt: integerOf(row, 'due_at'),
      attempts: integerOf(row, 'attempts'),
      waiting: sealed.open(id, bytesOf(row, 'data')),
    }
  }
  const select = (where: string, ...values: string[]): OutboxRow[] =>
    vault.all(`SELECT ${columns} FROM outbox ${where} ORDER BY position`, ...values).map(open)
  const get = (id: string): OutboxRow | undefined => select('WHERE id = ?', id)[0]
  const add: OutboxStore['add'] = ({ id, contact, kid, n, waiting }) =>
    void vault.run(
      'INSERT INTO outbox (id, contact, kid, n, due_at, attempts, data) VALUES (?, ?, ?, ?, 0, 0, ?)',
      id,
      contact,
      kid,
      n,
      sealed.seal(id, waiting),
    )
  return {
    get,
    add,
    addUnsealed(contact, to, content) {
      const { id } = content
      const waiting = {
        to,
        content,
        toKey: null,
        envelope: null,
        tells: [],
        isResealed: false,
        reason: null,
      }
      // No kid yet; one of its own, which no chain has, keeps (kid, n) unique.
      add({ id, contact, kid: `unsealed ${id}`, n: 0, waiting })
    },
    heads: () => select('WHERE position IN (SELECT min(position) FROM outbox GROUP BY contact)'),
    ofContact: (contact) => select('WHERE contact = ?', contact),
    ofKid: (kid) => select('WHERE kid = ?', kid),
    list: () => select(''),
    count: () => integerOf(vault.get('SELECT count(*) AS rows FROM outbox') ?? {}, 'rows'),
    remove: ({ position }) => void vault.run('DELETE FROM outbox WHERE position = ?', position),
    postpone: ({ id, position, waiting }, dueAt, reason) =>
      void vault.run(
        'UPDATE outbox SET due_at = ?, attempts = attempts + 1, data = ? WHERE position = ?',
        dueAt,
        sealed.seal(id, { ...waiting, reason }),
        position,
      ),
    hasten: (id) =>
      id === undefined
        ? void vault.run('UPDATE outbox SET due_at = 0')
        : void vault.run('UPDATE outbox SET due_at = 0 WHERE id = ?', id),
  }
}
