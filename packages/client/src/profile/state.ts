import { basename } from 'node:path'
import { ChatError } from '@secure-chat/protocol'
import { readKeptKey } from '../vault/kept-key.ts'
import { newestSetAside } from '../vault/set-aside.ts'
import { openVault, type Vault, vaultExists, vaultPath } from '../vault/vault.ts'
import type { ProfileOptions } from './options.ts'
import { type ProfileRow, readProfileRow } from './profile-row.ts'
import { isSaidOver } from './session-note.ts'

/** `locked`: signed in, but the vault key is not at hand, so a passphrase is needed. */
export type ProfileState = 'empty' | 'signed-out' | 'locked' | 'ready'

/** Who this profile is, as the vault says; times are ISO-8601. */
export type Whoami = {
  name: string
  server: string
  profile: string
  fingerprint: string
  /** Null when signed out. */
  session_id: string | null
  expires_at: string | null
  /** False: the server said, when last asked, that the session is over. Null when signed out. */
  session_valid: boolean | null
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
  return withVault(options, (vault, row) => {
    if (!row?.isRegistered) throw noAccount(options)
    return whoamiOf(options, row, vault)
  })
}

export function whoamiOf(
  options: ProfileOptions,
  row: ProfileRow,
  vault: Pick<Vault, 'get'>,
): Whoami {
  return {
    name: row.name,
    server: row.server,
    profile: options.profile ?? basename(options.dir),
    fingerprint: row.fingerprint,
    session_id: row.session?.id ?? null,
    expires_at: row.session?.expiresAt ?? null,
    session_valid: row.session && !isSaidOver(vault, row.session.id),
  }
}

export function noAccount(options: ProfileOptions): ChatError {
  const profile = options.profile ?? basename(options.dir)
  const aside = newestSetAside(vaultPath(options.dir))
  if (aside !== undefined) return vaultWasSetAside(profile, aside, vaultPath(options.dir))
  return new ChatError(
    'not_signed_in',
    `No account is set up in the profile ${profile}. Make one, or sign in to yours.`,
    { suggestions: ['secure-chat register NAME', 'secure-chat login NAME'] },
  )
}

/** The account lives on at the server, so a new one is not the way out. */
function vaultWasSetAside(profile: string, aside: string, path: string): ChatError {
  return new ChatError(
    'not_signed_in',
    `The profile ${profile} has no account any more: its vault was damaged and is set aside as ${aside}. If you have a backup of the vault, put it back as ${path}. Else bring the account's key from another device or an export, or start with a new key; contacts are told of that.`,
    {
      members: { moved_to: aside },
      suggestions: [
        'secure-chat keys import FILE, then secure-chat login NAME',
        'secure-chat login NAME --recover',
      ],
    },
  )
}

/** Looking must not make files: a profile that is not there stays so. */
function withVault<T>(
  options: ProfileOptions,
  look: (vault: Pick<Vault, 'vaultId' | 'get'>, row: ProfileRow | undefined) => T,
): T {
  if (!vaultExists(options.dir))
    return look({ vaultId: () => null, get: () => undefined }, undefined)
  const vault = openVault({ dir: options.dir, ...(options.clock && { now: options.clock.now }) })
  try {
    return look(vault, readProfileRow(vault))
  } finally {
    vault.close()
  }
}
