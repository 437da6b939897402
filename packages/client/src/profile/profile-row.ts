import { ChatError, toBase64Url } from '@secure-chat/protocol'
import type { SessionSecrets } from '../api/sign.ts'
import { bytesOf, integerOf, type Row, textOf, textOrNull } from '../vault/rows.ts'
import type { Vault } from '../vault/vault.ts'

/** What the profile says about its account. It can be read while the vault is locked. */
export type ProfileRow = {
  name: string
  /** Origin of the server. */
  server: string
  serverId: string
  /** Of the account's present key. */
  fingerprint: string
  /** False from before the registration is sent until its answer is here. */
  isRegistered: boolean
  session: { id: string; expiresAt: string } | null
}

/** The row without a check of its seal: for showing, and for finding out what to unlock. */
export function readProfileRow(vault: Vault): ProfileRow | undefined {
  const row = vault.get('SELECT * FROM profile')
  return row && parse(row)
}

/**
 * The row and the session's secrets, from an unlocked vault.
 * @throws ChatError `file_damaged` when the columns in the clear are not as this program wrote them
 */
export function openProfileRow(
  vault: Vault,
): { row: ProfileRow; secrets: SessionSecrets | null } | undefined {
  const stored = vault.get('SELECT * FROM profile')
  if (!stored) return undefined
  const row = parse(stored)
  if (textOf(stored, 'seal') !== sealOf(vault, row)) throw tampered(vault)
  return { row, secrets: decoded(secretsColumn(vault).open(1, bytesOf(stored, 'data'))) }
}

/** Writes the row; without `secrets` the session is none. */
export function writeProfileRow(
  vault: Vault,
  row: ProfileRow,
  secrets: SessionSecrets | null,
): void {
  vault.run(
    `INSERT OR REPLACE INTO profile (id, name, server, server_id, fingerprint, is_registered, session_id, expires_at, seal, data)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.name,
    row.server,
    row.serverId,
    row.fingerprint,
    row.isRegistered ? 1 : 0,
    row.session?.id ?? null,
    row.session?.expiresAt ?? null,
    sealOf(vault, row),
    secretsColumn(vault).seal(1, encoded(secrets)),
  )
}

function parse(row: Row): ProfileRow {
  const id = textOrNull(row, 'session_id')
  return {
    name: textOf(row, 'name'),
    server: textOf(row, 'server'),
    serverId: textOf(row, 'server_id'),
    fingerprint: textOf(row, 'fingerprint'),
    isRegistered: integerOf(row, 'is_registered') === 1,
    session: id === null ? null : { id, expiresAt: textOf(row, 'expires_at') },
  }
}

// Else whoever can write the file could send the next sign-in, and its password, to another server.
function sealOf(vault: Vault, row: ProfileRow): string {
  const { name, server, serverId, fingerprint, isRegistered, session } = row
  return vault.tag(
    'profile',
    ...[name, server, serverId, fingerprint, String(isRegistered)],
    ...[session?.id ?? '', session?.expiresAt ?? ''],
  )
}

type StoredSecrets = { sid: string; key: string } | null

function secretsColumn(vault: Vault) {
  return vault.column<StoredSecrets>('profile', 'data', (value) => {
    if (value === null) return null
    if (typeof value !== 'object' || !('sid' in value) || !('key' in value)) throw tampered(vault)
    return { sid: String(value.sid), key: String(value.key) }
  })
}

function encoded(secrets: SessionSecrets | null): StoredSecrets {
  return secrets && { sid: toBase64Url(secrets.sid), key: toBase64Url(secrets.key) }
}

function decoded(stored: StoredSecrets): SessionSecrets | null {
  return (
    stored && {
      sid: Buffer.from(stored.sid, 'base64url'),
      key: Buffer.from(stored.key, 'base64url'),
    }
  )
}

function tampered(vault: Vault): ChatError {
  return new ChatError(
    'file_damaged',
    `The account's data in ${vault.path} was changed by something other than secure-chat, so it is not used. Put back a backup of the file.`,
  )
}
