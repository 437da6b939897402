import { type Identity, identityFromPkcs8, identityToPkcs8 } from '@secure-chat/e2ee'
import { ChatError } from '@secure-chat/protocol'
import { bytesOf, textOf } from '../vault/rows.ts'
import type { Vault } from '../vault/vault.ts'

/**
 * pending: made here, not yet confirmed by the server; present: the account's key; imported: from a file, earlier
 * or newer than the present one, for reading, and taken up by a sign-in that opens with it; replaced: was present
 * here, kept for reading, never to be the account's key again.
 */
export type IdentityState = (typeof states)[number]

const states = ['present', 'pending', 'imported', 'replaced'] as const

export type StoredIdentity = { identity: Identity; state: IdentityState }

export type IdentityStore = {
  /** Present first, then pending, imported, replaced ones, each newest first. Parsed keys are remembered. */
  all(): StoredIdentity[]
  save(identity: Identity, state: IdentityState, now: number): void
  /** Makes this one the account's key and the one before it a replaced one; other pending ones are dropped. */
  settle(fingerprint: string): void
  dropPending(): void
}

export function makeIdentityStore(vault: Vault): IdentityStore {
  const column = vault.column('identities', 'data', String)
  const parsed = new Map<string, Identity>()

  function identityAt(fingerprint: string, sealed: Uint8Array): Identity {
    const known = parsed.get(fingerprint)
    if (known) return known
    const identity = identityFromPkcs8(column.open(fingerprint, sealed))
    parsed.set(fingerprint, identity)
    return identity
  }

  return {
    all() {
      const rows = vault.all(
        `SELECT fingerprint, state, data FROM identities
         ORDER BY CASE state WHEN 'present' THEN 0 WHEN 'pending' THEN 1 WHEN 'imported' THEN 2 ELSE 3 END, created_at DESC`,
      )
      return rows.map((row) => ({
        identity: identityAt(textOf(row, 'fingerprint'), bytesOf(row, 'data')),
        state: stateOf(textOf(row, 'state')),
      }))
    },
    save(identity, state, now) {
      const { fingerprint } = identity
      vault.run(
        `INSERT INTO identities (fingerprint, state, created_at, data) VALUES (?, ?, ?, ?)
         ON CONFLICT (fingerprint) DO NOTHING`,
        fingerprint,
        state,
        now,
        column.seal(fingerprint, identityToPkcs8(identity)),
      )
    },
    settle(fingerprint) {
      vault.transaction(() => {
        vault.run(
          "UPDATE identities SET state = 'replaced' WHERE state = 'present' AND fingerprint <> ?",
          fingerprint,
        )
        vault.run("UPDATE identities SET state = 'present' WHERE fingerprint = ?", fingerprint)
        vault.run("DELETE FROM identities WHERE state = 'pending'")
      })
    },
    dropPending() {
      vault.run("DELETE FROM identities WHERE state = 'pending'")
    },
  }
}

function stateOf(text: string): IdentityState {
  const state = states.find((each) => each === text)
  if (state) return state
  throw new ChatError('file_damaged', `An unknown state of a key stands in the vault: ${text}.`)
}
