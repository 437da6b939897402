import { basename } from 'node:path'
import { ChatError } from '@secure-chat/protocol'
import { readKeptKey } from '../vault/kept-key.ts'
import { openVault, type Vault, vaultExists } from '../vault/vault.ts'
import type { ProfileOptions } from './options.ts'
import { type ProfileRow, readProfileRow } from './profile-row.ts'

/** `locked`: signed in, but the vault key is not at hand, so a passphrase is needed. */
export type ProfileState = 'empty' | 'signed-out' | 'locked' | 'ready'

export type Whoami = {
  name: string
  server: string
  profile: string
  fingerprint: string
  /** Null when signed out. */
  session_id: string | null
  expires_at: string | null
}

/** What can be done with the profile now. Asks neither the server nor for a passphrase. */
export function profileState(options: ProfileOptions): ProfileState {
  return withVault(options, (vault, row) => {
    if (!row?.isRegistered) return 'empty'
    if (!row.session) return 'signed-out'
    const kept = readKeptKey(options)
    return kept?.vaultId === vault.vaultId() ? 'ready' : 'locked'
  })
}

/** Who this profile is; offline, and from a locked vault too. @throws ChatError `not_signed_in` when it has no account */
export function readWhoami(options: ProfileOptions): Whoami {
  return withVault(options, (_, row) => {
    if (!row?.isRegistered) throw noAccount(options)
    return whoamiOf(options, row)
  })
}

export function whoamiOf(options: ProfileOptions, row: ProfileRow): Whoami {
  return {
    name: row.name,
    server: row.server,
    profile: options.profile ?? basename(options.dir),
    fingerprint: row.fingerprint,
    session_id: row.session?.id ?? null,
    expires_at: row.session?.expiresAt ?? null,
  }
}

export function noAccount(options: ProfileOptions): ChatError {
  return new ChatError(
    'not_signed_in',
    `No account is set up in the profile ${options.profile ?? basename(options.dir)}. Make one, or sign in to yours.`,
    { suggestions: ['secure-chat register NAME', 'secure-chat login NAME'] },
  )
}

/** Looking must not make files: a profile that is not there stays so. */
function withVault<T>(
  options: ProfileOptions,
  look: (vault: Vault | { vaultId(): null }, row: ProfileRow | undefined) => T,
): T {
  if (!vaultExists(options.dir)) return look({ vaultId: () => null }, undefined)
  const vault = openVault({ dir: options.dir, ...(options.clock && { now: options.clock.now }) })
  try {
    return look(vault, readProfileRow(vault))
  } finally {
    vault.close()
  }
}
