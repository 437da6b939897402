import { textOf } from '../vault/rows.ts'
import type { Vault } from '../vault/vault.ts'

/** What was opened already, for good: a repeat is the same (sender, id) again, never one that merely claims it. */
export type SeenStore = {
  /** SHA-256 of the envelope that was opened under this id. */
  hashOf(sender: string, id: string): string | undefined
  add(sender: string, id: string, hash: string): void
}

export function makeSeenStore(vault: Vault): SeenStore {
  const tagOf = (sender: string, id: string): string => vault.tag('seen', sender, id)
  return {
    hashOf(sender, id) {
      const row = vault.get('SELECT hash FROM seen WHERE tag = ?', tagOf(sender, id))
      return row && textOf(row, 'hash')
    },
    add: (sender, id, hash) =>
      void vault.run(
        'INSERT INTO seen (tag, hash) VALUES (?, ?) ON CONFLICT (tag) DO NOTHING',
        tagOf(sender, id),
        hash,
      ),
  }
}
