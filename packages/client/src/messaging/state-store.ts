import { bytesOf } from '../vault/rows.ts'
import type { Vault } from '../vault/vault.ts'

/** Small values by name: the cursor, settings. */
export type StateStore = {
  get(name: string): string | undefined
  set(name: string, value: string): void
  remove(name: string): void
}

export function makeStateStore(vault: Vault): StateStore {
  const sealed = vault.column('state', 'data', String)
  return {
    get(name) {
      const row = vault.get('SELECT data FROM state WHERE name = ?', name)
      return row && sealed.open(name, bytesOf(row, 'data'))
    },
    set: (name, value) =>
      void vault.run(
        'INSERT INTO state (name, data) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET data = excluded.data',
        name,
        sealed.seal(name, value),
      ),
    remove: (name) => void vault.run('DELETE FROM state WHERE name = ?', name),
  }
}
