import type { Identity } from '@secure-chat/e2ee'
import { ChatError } from '@secure-chat/protocol'
import type { Api } from '../api/api.ts'
import { makeApi } from '../api/make-api.ts'
import { parseServerUrl } from '../api/server-url.ts'
import type { SessionSecrets } from '../api/sign.ts'
import { type Vault, vaultExists } from '../vault/vault.ts'
import { type IdentityStore, makeIdentityStore } from './identity-store.ts'
import type { ProfileOptions } from './options.ts'
import { openProfileRow, type ProfileRow, readProfileRow } from './profile-row.ts'
import { makeSessionNote } from './session-note.ts'
import { noAccount, type Whoami, whoamiOf } from './state.ts'
import { openProfileVault, unlockVault } from './unlock.ts'

/** An unlocked profile with a session: what everything that needs the account builds on. */
export type Profile = {
  readonly options: ProfileOptions
  readonly vault: Vault
  readonly api: Api
  /** As it stands in the vault now; another process may have changed it. */
  row(): ProfileRow
  me(): Whoami
  /** The account's present key. @throws ChatError `no_private_key` */
  identity(): Identity
  /**
   * Every key of the account's own, the present one first: earlier ones still open what was sealed for them, and one
   * whose confirmation was lost may be in use already.
   */
  identities(): Identity[]
  readonly identityStore: IdentityStore
  close(): void
}

/**
 * Opens the profile for work as its account. Asks the server nothing.
 * @throws ChatError `not_signed_in`, `vault_locked`, `wrong_passphrase`, `file_damaged`, `unsafe_permissions`
 */
export async function openProfile(
  options: ProfileOptions,
  { passphrase }: { passphrase?: string | undefined } = {},
): Promise<Profile> {
  // Looking must not make files: a mistyped profile stays one that is not there.
  if (!vaultExists(options.dir)) throw noAccount(options)
  const vault = openProfileVault(options)
  try {
    const shown = readProfileRow(vault)
    if (!shown?.isRegistered) throw noAccount(options)
    if (!shown.session) throw signedOut(shown)
    await unlockVault(options, vault, passphrase)
    const opened = openProfileRow(vault)
    if (!opened?.secrets) throw signedOut(shown)
    requireSameServer(options, opened.row)
    return profileOf(options, vault, opened.row, opened.secrets)
  } catch (error) {
    vault.close()
    throw error
  }
}

function profileOf(
  options: ProfileOptions,
  vault: Vault,
  first: ProfileRow,
  session: SessionSecrets,
): Profile {
  const identityStore = makeIdentityStore(vault)
  const onSession = first.session ? sessionNoteOf(options, vault, first.session.id) : undefined
  const api = apiOf(options, first.server, { session, userName: first.name, onSession })
  const row = (): ProfileRow => openProfileRow(vault)?.row ?? first
  const all = () => identityStore.all()
  return {
    options,
    vault,
    api,
    row,
    me: () => whoamiOf(options, row(), vault),
    identity() {
      const present = all().find(({ state }) => state === 'present')
      if (!present) throw new ChatError('no_private_key')
      return present.identity
    },
    identities: () => all().map(({ identity }) => identity),
    identityStore,
    close() {
      api.close()
      vault.close()
    },
  }
}

/** A note that cannot be kept must not spoil the answer that came with it. */
function sessionNoteOf(
  options: ProfileOptions,
  vault: Vault,
  sessionId: string,
): (isOver: boolean) => void {
  const note = makeSessionNote(vault, sessionId)
  return (isOver) => {
    try {
      note(isOver)
    } catch (error) {
      options.log?.({ event: 'session-not-noted', error })
    }
  }
}

export function apiOf(
  options: ProfileOptions,
  server: string,
  {
    session,
    userName,
    onSession,
  }: {
    session?: SessionSecrets
    userName?: string
    onSession?: ((isOver: boolean) => void) | undefined
  } = {},
): Api {
  const { clock, timeouts, proxyEnv, userAgent, transport, allowPlaintext } = options
  return makeApi({
    server: parseServerUrl(server, allowPlaintext),
    session,
    userName,
    onSession,
    clock,
    timeouts,
    proxyEnv,
    userAgent,
    transport,
  })
}

function requireSameServer({ server, allowPlaintext }: ProfileOptions, row: ProfileRow): void {
  if (server === undefined) return
  const { origin } = parseServerUrl(server, allowPlaintext)
  if (origin === row.server) return
  throw new ChatError(
    'config_invalid',
    `This profile belongs to ${row.name} at ${row.server}, not to ${origin}. Leave --server (SECURE_CHAT_SERVER) out, or use another profile (--profile). If the server has moved, sign in once with the new address.`,
  )
}

function signedOut({ name }: ProfileRow): ChatError {
  return new ChatError('not_signed_in', 'You are signed out.', {
    suggestions: [`secure-chat login ${name}`],
  })
}
