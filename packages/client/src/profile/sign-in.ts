import { generateIdentity, type Identity } from '@secure-chat/e2ee'
import { ChatError, endpoints, parseUserName, type UserName } from '@secure-chat/protocol'
import type { Api } from '../api/api.ts'
import { systemClock } from '../clock.ts'
import { keepKey } from '../vault/kept-key.ts'
import type { Vault } from '../vault/vault.ts'
import { type IdentityStore, makeIdentityStore } from './identity-store.ts'
import { apiOf } from './open-profile.ts'
import type { ProfileOptions } from './options.ts'
import { rememberOwnSession } from './own-sessions.ts'
import { eraseAccount, isUncertain, prepareVault } from './prepare-vault.ts'
import { openProfileRow, type ProfileRow, readProfileRow, writeProfileRow } from './profile-row.ts'
import { readServerId, serverFor } from './server-identity.ts'
import { keyMissing, type OpenedSession, openSession } from './session.ts'
import { openProfileVault } from './unlock.ts'

/** Who signs in, and how the vault is opened. */
export type SignInInput = {
  name: string
  password: string
  /** New profile: its own passphrase instead of the password. Else: the own one, or the password before a change. */
  passphrase?: string | undefined
  /** Keeps the vault key beside the data. */
  remember?: boolean | undefined
  /** The private key is lost: sets a new one, without proof, so contacts must decide whether to trust it. */
  recover?: boolean | undefined
  /** The account's key, brought from another device. */
  identity?: Identity | undefined
  signal?: AbortSignal | undefined
}

/** An open session; `expires_at` is ISO-8601. */
export type SignedIn = {
  name: string
  server: string
  fingerprint: string
  session_id: string
  expires_at: string
  /** False: there was no place to keep the vault key, so the passphrase is needed each time. */
  kept: boolean
}

/**
 * Signs in and leaves the profile ready for `openProfile`.
 * @throws ChatError `bad_credentials`, `no_private_key` (says how to bring it), `wrong_passphrase`, `usage` (a profile of another account), `key_not_trusted` (the server went back to a replaced key)
 */
export async function signIn(options: ProfileOptions, input: SignInInput): Promise<SignedIn> {
  const name = parseUserName(input.name)
  const vault = openProfileVault(options)
  let isNew = false
  try {
    const known = readProfileRow(vault)
    requireSameAccount(known, name)
    const hasKey = vault.vaultId() !== null || input.identity !== undefined
    if (!hasKey && !input.recover) throw keyMissing(name)
    isNew = await prepareVault(options, vault, input, mayStartOver(known, input))
    return await signInUnlocked(options, vault, name, input)
  } catch (error) {
    // A vault made for this attempt goes again, else a mistyped password would stay its passphrase.
    if (isNew && !(input.recover && isUncertain(error))) eraseAccount(vault)
    throw error
  } finally {
    vault.close()
  }
}

async function signInUnlocked(
  options: ProfileOptions,
  vault: Vault,
  name: UserName,
  input: SignInInput,
): Promise<SignedIn> {
  const { password, signal } = input
  const now = (options.clock ?? systemClock).now()
  const keys = makeIdentityStore(vault)
  const known = openProfileRow(vault)?.row
  const api = apiOf(options, serverFor(options.server, known))
  try {
    const serverId = await readServerId(api, known?.isRegistered ? known : undefined, signal)
    if (input.identity) keys.save(input.identity, 'pending', now)
    const credentials = { name, password }
    const session = input.recover
      ? await recoverAccount({ api, keys, credentials, options, now, signal })
      : await openSession(api, credentials, keys.all(), signal)
    return await keepSession(options, vault, { ...input, name, api, serverId, session, keys })
  } finally {
    api.close()
  }
}

type Recovery = {
  api: Api
  keys: IdentityStore
  credentials: { name: string; password: string }
  options: ProfileOptions
  now: number
  signal: AbortSignal | undefined
}

/** The new key is in the vault before the server hears of it: a lost answer must not lose the key. */
async function recoverAccount(recovery: Recovery): Promise<OpenedSession> {
  const { api, keys, credentials, options, now, signal } = recovery
  const earlier = keys.all().find(({ state }) => state === 'pending')?.identity
  const identity = earlier ?? (await generateIdentity(options.keyBits))
  keys.save(identity, 'pending', now)
  const body = { ...credentials, 'pub-key': identity.publicPem }
  await api.call(endpoints.recover, { body }, { signal })
  return await openSession(api, credentials, keys.all(), signal)
}

type SessionToKeep = {
  name: string
  password: string
  remember?: boolean | undefined
  api: Api
  serverId: string
  session: OpenedSession
  keys: IdentityStore
}

/** Writes what the sign-in gave, wraps the vault key under the password that was just right, and keeps it. */
export async function keepSession(
  options: ProfileOptions,
  vault: Vault,
  { name, password, remember = false, api, serverId, session, keys }: SessionToKeep,
): Promise<SignedIn> {
  const { fingerprint } = session.openedBy.identity
  if (session.openedBy.state === 'replaced') throw wentBack(name, fingerprint)
  const server = api.server.origin
  const { id, expiresAt } = session
  const row = {
    name,
    server,
    serverId,
    fingerprint,
    isRegistered: true,
    session: { id, expiresAt },
  }
  vault.transaction(() => {
    keys.settle(fingerprint)
    writeProfileRow(vault, row, session.secrets)
    rememberOwnSession(vault, id)
  })
  if (!vault.hasOwnPassphrase()) {
    await vault.prepareRewrap(password)
    vault.settleRewrap('new')
  }
  const kept = keepKey(options, vault.exportKey(), remember)
  options.log?.({ event: 'signed-in', name, session_id: id, kept })
  return { name, server, fingerprint, session_id: id, expires_at: expiresAt, kept }
}

/** A new key, or one that was just given, does not need what an unfinished set-up left. */
function mayStartOver(known: ProfileRow | undefined, { recover, identity }: SignInInput): boolean {
  if (known) return recover === true && !known.isRegistered
  return recover === true || identity !== undefined
}

function requireSameAccount(known: ProfileRow | undefined, name: string): void {
  if (!known?.isRegistered || known.name === name) return
  throw new ChatError(
    'usage',
    `This profile belongs to ${known.name} at ${known.server}. Another account needs a profile of its own.`,
    { suggestions: [`secure-chat login ${name} --profile ${name}`] },
  )
}

function wentBack(name: string, fingerprint: string): ChatError {
  return new ChatError(
    'key_not_trusted',
    `The server again uses a key of ${name} that you replaced (${fingerprint.slice(0, 16)}…). It may have been set back to an old backup, or someone works with a stolen key, so the session is not used. Ask its operator; secure-chat login ${name} --recover sets a new key.`,
    { suggestions: [`secure-chat login ${name} --recover`] },
  )
}
