import type { ReceivingChain, SendingChain } from '@secure-chat/e2ee'
import type { Fingerprint } from '@secure-chat/protocol'
import { asWritten } from '../vault/as-written.ts'
import { bytesOf, integerOf, textOf } from '../vault/rows.ts'
import type { Vault } from '../vault/vault.ts'

/** `offered`: the server has not taken the exchange yet. `closed`: no new message under it. */
type SendingState = 'offered' | 'accepted' | 'closed'

export type SendingRecord = {
  chain: SendingChain
  /** The login under which it was made; a later login makes its own. */
  sessionId: string
  /** Numbers refused for good and not yet told to the recipient. */
  refused: number[]
}

export type ReceivingRecord = {
  chain: ReceivingChain
  /** Key that signed the exchange. */
  signedBy: Fingerprint
  /** That key had been replaced by its owner when the exchange came. */
  isReplacedKey?: boolean
  /** SHA-256 of the exchange, to tell a repeat from a second exchange that claims the same kid. */
  exchangeHash: string
  /** Tags of lines that speak of numbers still missing. */
  gapLines: string[]
}

/** Chains in the vault. Writes belong inside a transaction. */
export type ChainStore = {
  newestSending(contact: string): { state: SendingState; record: SendingRecord } | undefined
  sending(kid: string): { state: SendingState; record: SendingRecord } | undefined
  addSending(contact: string, record: SendingRecord): void
  changeSending(kid: string, change: (record: SendingRecord) => SendingRecord): void
  setSendingState(kid: string, state: SendingState): void
  /** Of one contact, or of all. */
  closeSending(contact?: string): void
  /** Contacts (tags) with a chain that may be sent under. */
  openSendingContacts(): string[]
  receiving(contact: string, kid: string): { rev: number; record: ReceivingRecord } | undefined
  countReceiving(contact: string): number
  addReceiving(contact: string, record: ReceivingRecord): void
  /** @returns false when it changed since revision `rev` was read */
  replaceReceiving(contact: string, rev: number, record: ReceivingRecord): boolean
}

/** Chains kept per sender; beyond it the oldest goes. Thirty days at one a day and one per 100 messages stay far below. */
const receivingMax = 2_000

export function makeChainStore(vault: Vault): ChainStore {
  const sendings = vault.column('sending_chains', 'data', asWritten<SendingRecord>)
  const receivings = vault.column('receiving_chains', 'data', asWritten<ReceivingRecord>)
  const sendingOf = (row: ReturnType<Vault['get']>) =>
    row && {
      state: asWritten<SendingState>(textOf(row, 'state')),
      record: sendings.open(textOf(row, 'kid'), bytesOf(row, 'data')),
    }
  const rowName = (contact: string, kid: string): string => `${contact}/${kid}`
  return {
    newestSending: (contact) =>
      sendingOf(
        vault.get(
          'SELECT kid, state, data FROM sending_chains WHERE contact = ? ORDER BY position DESC LIMIT 1',
          contact,
        ),
      ),
    sending: (kid) =>
      sendingOf(vault.get('SELECT kid, state, data FROM sending_chains WHERE kid = ?', kid)),
    addSending(contact, record) {
      const { kid, n } = record.chain
      vault.run(
        "INSERT INTO sending_chains (kid, contact, state, n, data) VALUES (?, ?, 'offered', ?, ?)",
        kid,
        contact,
        n,
        sendings.seal(kid, record),
      )
    },
    changeSending(kid, change) {
      const row = vault.get('SELECT data FROM sending_chains WHERE kid = ?', kid)
      if (!row) return
      const next = change(sendings.open(kid, bytesOf(row, 'data')))
      vault.run(
        'UPDATE sending_chains SET n = ?, data = ? WHERE kid = ?',
        next.chain.n,
        sendings.seal(kid, next),
        kid,
      )
    },
    setSendingState: (kid, state) =>
      void vault.run('UPDATE sending_chains SET state = ? WHERE kid = ?', state, kid),
    closeSending: (contact) =>
      contact === undefined
        ? void vault.run("UPDATE sending_chains SET state = 'closed'")
        : void vault.run("UPDATE sending_chains SET state = 'closed' WHERE contact = ?", contact),
    openSendingContacts: () =>
      vault
        .all("SELECT DISTINCT contact FROM sending_chains WHERE state <> 'closed'")
        .map((row) => textOf(row, 'contact')),
    receiving(contact, kid) {
      const row = vault.get(
        'SELECT rev, data FROM receiving_chains WHERE contact = ? AND kid = ?',
        contact,
        kid,
      )
      return (
        row && {
          rev: integerOf(row, 'rev'),
          record: receivings.open(rowName(contact, kid), bytesOf(row, 'data')),
        }
      )
    },
    countReceiving: (contact) =>
      integerOf(
        vault.get('SELECT count(*) AS chains FROM receiving_chains WHERE contact = ?', contact) ??
          {},
        'chains',
      ),
    addReceiving(contact, record) {
      const { kid } = record.chain
      vault.run(
        'INSERT INTO receiving_chains (contact, kid, rev, data) VALUES (?, ?, 0, ?)',
        contact,
        kid,
        receivings.seal(rowName(contact, kid), record),
      )
      vault.run(
        'DELETE FROM receiving_chains WHERE contact = ? AND position <= (SELECT position FROM receiving_chains WHERE contact = ? ORDER BY position DESC LIMIT 1 OFFSET ?)',
        contact,
        contact,
        receivingMax,
      )
    },
    replaceReceiving(contact, rev, record) {
      const { kid } = record.chain
      const { changes } = vault.run(
        'UPDATE receiving_chains SET rev = rev + 1, data = ? WHERE contact = ? AND kid = ? AND rev = ?',
        receivings.seal(rowName(contact, kid), record),
        contact,
        kid,
        rev,
      )
      return changes === 1
    },
  }
}
