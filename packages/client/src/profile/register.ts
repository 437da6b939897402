import { generateIdentity, type Identity } from '@secure-chat/e2ee'
import {
  ChatError,
  endpoints,
  isChatError,
  parseUserName,
  type UserName,
} from '@secure-chat/protocol'
import type { Api } from '../api/api.ts'
import { systemClock } from '../clock.ts'
import type { Vault } from '../vault/vault.ts'
import { type IdentityStore, makeIdentityStore, type StoredIdentity } from './identity-store.ts'
import { apiOf } from './open-profile.ts'
import type { ProfileOptions } from './options.ts'
import { eraseAccount, isUncertain, prepareVault } from './prepare-vault.ts'
import { type ProfileRow, readProfileRow, writeProfileRow } from './profile-row.ts'
import { readServerId, serverFor } from './server-identity.ts'
import { type OpenedSession, openSession } from './session.ts'
import { keepSession, type SignedIn } from './sign-in.ts'
import { openProfileVault } from './unlock.ts'

/** What a new account is made of. */
export type RegisterInput = {
  name: string
  password: string
  /** The vault's own passphrase, instead of the password. */
  passphrase?: string | undefined
  /** A key people already have; else a new one of 3,072 bits is made. */
  identity?: Identity | undefined
  /** Signs in afterwards; on by default. */
  login?: boolean | undefined
  remember?: boolean | undefined
  signal?: AbortSignal | undefined
}

/** A new account, and its first session if one was asked for. */
export type Registered = {
  name: string
  server: string
  fingerprint: string
  session: SignedIn | null
  /** Why there is no session though one was asked for. The account exists all the same. */
  problem?: ChatError
  /** An earlier registration of this profile, whose answer was lost, had reached the server. */
  resumed: boolean
}

/**
 * Makes the account. Its key stands in the vault before the request leaves, so after a crash or a lost answer the
 * same call again finds out what became of it and goes on with the same key.
 * @throws ChatError `name_taken`, `weak_password`, …; `usage` when the profile has an account already
 */
export async function registerAccount(
  options: ProfileOptions,
  input: RegisterInput,
): Promise<Registered> {
  const name = parseUserName(input.name)
  const vault = openProfileVault(options)
  try {
    const earlier = readProfileRow(vault)
    if (earlier?.isRegistered) throw inUse(earlier, name)
    const server = serverFor(options.server, earlier)
    const api = apiOf(options, server)
    try {
      const serverId = await readServerId(api, undefined, input.signal)
      await prepareVault(options, vault, input, false)
      return await register({ options, input, name, vault, api, serverId, earlier })
    } finally {
      api.close()
    }
  } finally {
    vault.close()
  }
}

type Registration = {
  options: ProfileOptions
  input: RegisterInput
  name: UserName
  vault: Vault
  api: Api
  serverId: string
  earlier: ProfileRow | undefined
}

async function register(registration: Registration): Promise<Registered> {
  const { options, input, name, vault, api, serverId } = registration
  const { signal, password } = input
  const keys = makeIdentityStore(vault)
  let row: ProfileRow
  let resumed: OpenedSession | undefined
  try {
    const identity = await saveKey(registration, keys)
    const { fingerprint } = identity
    const server = api.server.origin
    row = { name, server, serverId, fingerprint, isRegistered: false, session: null }
    writeProfileRow(vault, row, null)
    const body = { name, password, 'pub-key': identity.publicPem }
    resumed = await sendRegistration(registration, keys, body)
  } catch (error) {
    // Refused for good: nothing of the attempt stays. Else the key waits for the next one.
    if (!isUncertain(error) && !registration.earlier) eraseAccount(vault)
    throw isUncertain(error) ? maybeRegistered(error, name) : error
  }
  vault.transaction(() => {
    keys.settle(row.fingerprint)
    writeProfileRow(vault, { ...row, isRegistered: true }, null)
  })
  const { server, fingerprint } = row
  const made = { name, server, fingerprint, resumed: resumed !== undefined }
  options.log?.({ event: 'registered', name, fingerprint })
  if (input.login === false) return { ...made, session: null }
  try {
    const session = resumed ?? (await openSession(api, { name, password }, keys.all(), signal))
    const kept = { name, password, remember: input.remember, api, serverId, keys }
    return { ...made, session: await keepSession(options, vault, { ...kept, session }) }
  } catch (error) {
    if (!isChatError(error)) throw error
    return { ...made, session: null, problem: error }
  }
}

async function saveKey({ options, input }: Registration, keys: IdentityStore): Promise<Identity> {
  const isWaiting = ({ state }: StoredIdentity) => state === 'pending' || state === 'imported'
  const earlier = keys.all().find(isWaiting)?.identity
  const identity = input.identity ?? earlier ?? (await generateIdentity(options.keyBits))
  if (earlier?.fingerprint !== identity.fingerprint) keys.dropPending()
  keys.save(identity, 'pending', (options.clock ?? systemClock).now())
  return identity
}

/** @returns the session that showed that an earlier request had made the account, where it had */
async function sendRegistration(
  { api, earlier, input }: Registration,
  keys: IdentityStore,
  body: { name: string; password: string; 'pub-key': string },
): Promise<OpenedSession | undefined> {
  const { signal } = input
  try {
    await api.call(endpoints.register, { body }, { signal })
    return undefined
  } catch (error) {
    if (!isChatError(error, 'name_taken') || earlier?.name !== body.name) throw error
    const { name, password } = body
    try {
      return await openSession(api, { name, password }, keys.all(), signal)
    } catch (failure) {
      throw isUncertain(failure) ? failure : error
    }
  }
}

function maybeRegistered(error: unknown, name: string): unknown {
  if (!isChatError(error)) return error
  return new ChatError(
    error.code,
    `${error.message} Whether ${name} was registered is not known; the key is kept. Run the same command again, with the same password: it finds out and goes on.`,
    { cause: error, suggestions: [`secure-chat register ${name}`] },
  )
}

function inUse({ name, server }: ProfileRow, wanted: UserName): ChatError {
  return new ChatError(
    'usage',
    `This profile already belongs to ${name} at ${server}. A new account needs a profile of its own.`,
    { suggestions: [`secure-chat register ${wanted} --profile ${wanted}`] },
  )
}
