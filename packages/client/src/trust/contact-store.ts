import type { UserName } from '@secure-chat/protocol'
import { asWritten } from '../vault/as-written.ts'
import { bytesOf, textOf } from '../vault/rows.ts'
import type { Vault } from '../vault/vault.ts'
import { type Contact, newContact } from './contact.ts'

/** Contacts in the vault. Writes belong inside a transaction. */
export type ContactStore = {
  tagOf(name: string): string
  get(name: UserName): Contact | undefined
  /** Reads it (or a new one), changes it, keeps it. */
  change(name: UserName, change: (contact: Contact) => Contact): Contact
  list(): Contact[]
  byTag(tag: string): Contact | undefined
}

export function makeContactStore(vault: Vault): ContactStore {
  const sealed = vault.column('contacts', 'data', asWritten<Contact>)
  const tagOf = (name: string): string => vault.tag('contact', name)
  const byTag = (tag: string): Contact | undefined => {
    const row = vault.get('SELECT data FROM contacts WHERE tag = ?', tag)
    return row && sealed.open(tag, bytesOf(row, 'data'))
  }
  return {
    tagOf,
    byTag,
    get: (name) => byTag(tagOf(name)),
    change(name, change) {
      const tag = tagOf(name)
      const next = change(byTag(tag) ?? newContact(name))
      vault.run(
        'INSERT INTO contacts (tag, data) VALUES (?, ?) ON CONFLICT (tag) DO UPDATE SET data = excluded.data',
        tag,
        sealed.seal(tag, next),
      )
      return next
    },
    list: () =>
      vault
        .all('SELECT tag, data FROM contacts')
        .map((row) => sealed.open(textOf(row, 'tag'), bytesOf(row, 'data')))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}
