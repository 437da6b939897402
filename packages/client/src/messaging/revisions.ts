import { integerOf } from '../vault/rows.ts'
import type { Vault } from '../vault/vault.ts'

/** The next number of change; call inside the transaction that makes the change. */
export function nextRevision(vault: Vault): number {
  const row = vault.get("UPDATE counters SET value = value + 1 WHERE name = 'rev' RETURNING value")
  return integerOf(row ?? {}, 'value')
}

/** The number of the newest change. */
export function latestRevision(vault: Vault): number {
  return integerOf(vault.get("SELECT value FROM counters WHERE name = 'rev'") ?? {}, 'value')
}
