import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Account, ProfileOptions } from '@secure-chat/client'
import { endpoints } from '@secure-chat/protocol/endpoints'
import { ChatError, isChatError } from '@secure-chat/protocol/errors'
import type { ProfilePlace } from '../config/profile.ts'
import { type SettingsFile, settingTable } from '../config/settings-file.ts'

/** One line of the examination: fine, worth knowing, or to be mended as `fix` says. */
export type Check = {
  readonly name: string
  readonly state: 'ok' | 'note' | 'bad'
  readonly detail: string
  readonly fix: string | null
}

export type Patient = {
  readonly profile: ProfileOptions
  readonly place: ProfilePlace
  readonly settings: Pick<SettingsFile, 'get'>
  readonly version: string
  readonly now: () => number
  readonly openAccount: <T>(work: (account: Account) => Promise<T>) => Promise<T>
}

/** Past this the server refuses proofs; the client corrects itself, but messages carry the wrong time. */
const toleratedOffsetMs = 60_000

export async function examine(patient: Patient): Promise<Check[]> {
  const { place, version } = patient
  return [
    ok('versions', `secure-chat ${version}, Node.js ${process.versions.node}`),
    folderCheck('data folder', place.dataDir, 0o700),
    folderCheck('settings folder', dirname(place.settingsPath), 0o700),
    ...(await serverChecks(patient)),
    ...(await accountChecks(patient)),
  ]
}

/** For the exit code, and for a program: a person reads the lines. */
export function failureOf(checks: readonly Check[]): ChatError | undefined {
  const names = checks.filter(({ state }) => state === 'bad').map(({ name }) => name)
  if (names.length === 0) return undefined
  return new ChatError('config_invalid', `Something needs mending: ${names.join(', ')}.`)
}

function folderCheck(name: string, path: string, mode: number): Check {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return ok(name, `${path} (not there yet)`)
  if (process.platform === 'win32' || (found.mode & 0o077) === 0) return ok(name, path)
  const octal = (found.mode & 0o777).toString(8)
  return bad(
    name,
    `${path} is open to other users (mode ${octal})`,
    `chmod ${mode.toString(8)} ${path}`,
  )
}

async function serverChecks({ profile, settings, now }: Patient): Promise<Check[]> {
  const { makeApi, parseServerUrl } = await import('@secure-chat/client')
  const address = await serverOf(profile, settings)
  try {
    const server = parseServerUrl(address, profile.allowPlaintext)
    const { timeouts, proxyEnv, userAgent } = profile
    const api = makeApi({ server, timeouts, proxyEnv, userAgent })
    try {
      const known = await api.call(endpoints.wellKnown)
      const begun = now()
      const { headers } = await api.raw({ method: 'GET', target: '/livez' })
      return [
        ok('server', `${address} answers; registration is ${known.registration}`),
        clockCheck(headers.date, (begun + now()) / 2),
      ]
    } finally {
      api.close()
    }
  } catch (error) {
    if (!isChatError(error)) throw error
    return [bad('server', error.message, 'Start it, or name another: --server URL')]
  }
}

async function serverOf(
  profile: ProfileOptions,
  settings: Pick<SettingsFile, 'get'>,
): Promise<string> {
  const { profileState, readWhoami } = await import('@secure-chat/client')
  if (profile.server !== undefined) return profile.server
  if (profileState(profile) !== 'empty') return readWhoami(profile).server
  return settings.get('server') ?? settingTable.server.fallback
}

/** The header has whole seconds; that is enough to see a clock that is wrong. */
function clockCheck(date: string | undefined, now: number): Check {
  const server = date === undefined ? Number.NaN : Date.parse(date)
  if (Number.isNaN(server)) return note('clock', 'The server does not say what time it is.', null)
  const offset = Math.round((now - server) / 1000)
  if (Math.abs(offset) * 1000 <= toleratedOffsetMs)
    return ok('clock', `within ${Math.abs(offset) + 1} s of the server`)
  const side = offset > 0 ? 'ahead of' : 'behind'
  return bad(
    'clock',
    `${Math.abs(offset)} s ${side} the server`,
    'Set the clock of this computer (timedatectl set-ntp true).',
  )
}

async function accountChecks({ profile, openAccount }: Patient): Promise<Check[]> {
  const { profileState, readWhoami } = await import('@secure-chat/client')
  const state = profileState(profile)
  if (state === 'empty') return [noAccountCheck(() => readWhoami(profile))]
  const me = readWhoami(profile)
  const key = ok('key', `${me.name}, fingerprint ${me.fingerprint}`)
  if (state === 'signed-out')
    return [key, note('session', 'signed out', `secure-chat login ${me.name}`)]
  try {
    const sessions = await openAccount(
      async ({ api }) => (await api.call(endpoints.listSessions)).sessions,
    )
    return [key, ok('session', `valid until ${me.expires_at}; ${sessions.length} in all`)]
  } catch (error) {
    if (!isChatError(error)) throw error
    // The line about the server has said it already.
    if (error.exit === 3)
      return [key, note('session', 'not asked: the server did not answer', null)]
    return [key, bad('session', error.message, `secure-chat login ${me.name}`)]
  }
}

/** None yet, or one whose vault was damaged and set aside: the words are those of every command. */
function noAccountCheck(look: () => unknown): Check {
  try {
    look()
  } catch (error) {
    if (!isChatError(error, 'not_signed_in')) throw error
    const fix = error.suggestions.join(', or ')
    return 'moved_to' in error.members
      ? bad('account', error.message, fix)
      : note('account', 'none in this profile', fix)
  }
  return ok('account', 'made just now')
}

function ok(name: string, detail: string): Check {
  return { name, state: 'ok', detail, fix: null }
}

function note(name: string, detail: string, fix: string | null): Check {
  return { name, state: 'note', detail, fix }
}

function bad(name: string, detail: string, fix: string): Check {
  return { name, state: 'bad', detail, fix }
}
