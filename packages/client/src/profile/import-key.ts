import { importIdentity } from '@secure-chat/e2ee'
import { ChatError, endpoints, isChatError, parseUserName } from '@secure-chat/protocol'
import { systemClock } from '../clock.ts'
import type { Vault } from '../vault/vault.ts'
import { makeIdentityStore } from './identity-store.ts'
import { apiOf } from './open-profile.ts'
import type { ProfileOptions } from './options.ts'
import { prepareVault } from './prepare-vault.ts'
import { openProfileRow, type ProfileRow, readProfileRow } from './profile-row.ts'
import { openProfileVault } from './unlock.ts'

/** A key file as its bytes: PKCS#8 or PKCS#12, encrypted or not. */
export type ImportKeyInput = {
  file: Uint8Array
  /** Of the file. */
  filePassphrase?: string | undefined
  /** The account's password, under which a new profile is set up; an existing one is unlocked by it where needed. */
  password: string
  /** The vault's own passphrase, as at `signIn`. */
  passphrase?: string | undefined
}

/** Whose key it is, as far as this device can tell: `unknown` until a sign-in shows it. */
export type KeyStanding = 'present' | 'earlier' | 'unknown'

/** The imported key, and what it is to the account. */
export type KeyImported = { fingerprint: string; standing: KeyStanding }

/**
 * Puts a key from a file into the profile, where the next sign-in takes it up if the server's key is this one. While
 * the profile is signed in, the directory says whether the key is, or ever was, the account's.
 * @throws ChatError `invalid_key_file`, `wrong_passphrase` (of the file, or of the profile), `weak_key`; `usage` for
 *   the key of another account: nothing is kept then
 */
export async function importProfileKey(
  options: ProfileOptions,
  input: ImportKeyInput,
): Promise<KeyImported> {
  const identity = importIdentity(Buffer.from(input.file), input.filePassphrase)
  const vault = openProfileVault(options)
  try {
    const isRegistered = readProfileRow(vault)?.isRegistered === true
    await prepareVault(options, vault, input, !isRegistered)
    const standing = await standingOf(options, vault, identity.fingerprint)
    makeIdentityStore(vault).save(identity, 'imported', (options.clock ?? systemClock).now())
    return { fingerprint: identity.fingerprint, standing }
  } finally {
    vault.close()
  }
}

async function standingOf(
  options: ProfileOptions,
  vault: Vault,
  fingerprint: string,
): Promise<KeyStanding> {
  const opened = openProfileRow(vault)
  if (!opened?.secrets) return 'unknown'
  const { row, secrets } = opened
  const api = apiOf(options, row.server, { session: secrets })
  try {
    const params = { username: parseUserName(row.name) }
    const present = await api.call(endpoints.getPublicKey, { params })
    if (present.fingerprint === fingerprint) return 'present'
    const keys = present.changes.flatMap(({ old_key, new_key }) => [old_key, new_key])
    if (keys.some((key) => key === fingerprint)) return 'earlier'
    // The server shows the newest changes only: of what lies before them nothing is known.
    if (present.seq > present.changes.length) return 'unknown'
    throw notTheirs(row, fingerprint)
  } catch (error) {
    // Perhaps ended by the very change of key that this file brings here.
    if (isChatError(error, 'token_invalid')) return 'unknown'
    throw error
  } finally {
    api.close()
  }
}

function notTheirs({ name }: ProfileRow, fingerprint: string): ChatError {
  return new ChatError(
    'usage',
    `The file holds a key that is not and never was the key of ${name} (${fingerprint.slice(0, 16)}…), to whom this profile belongs. It was not taken.`,
    { suggestions: ['For another account: secure-chat keys import FILE --profile NAME'] },
  )
}
