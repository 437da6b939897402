import type { Account, ProfileOptions } from '@secure-chat/client'
import { ChatError, isChatError } from '@secure-chat/protocol/errors'
import { isSettingName, type SettingsFile, settingTable } from '../config/settings-file.ts'

/** Belongs to the account and lives in its vault, so it needs an unlocked profile. */
const vaultSetting = 'receipts'

/** `source`: where the value in force comes from. */
export type Setting = readonly [name: string, value: string, source: Source]

type Source = 'flag' | 'variable' | 'profile' | 'setting' | 'default'

export type ConfigOptions = {
  readonly settings: SettingsFile
  readonly profile: ProfileOptions
  /** SECURE_CHAT_SERVER. */
  readonly serverVariable: string | undefined
  readonly openAccount: <T>(work: (account: Account) => T) => Promise<T>
}

/** Every setting of the profile. Those in the vault are left out while it cannot be opened. */
export async function listSettings(options: ConfigOptions): Promise<Setting[]> {
  const { settings, openAccount } = options
  const own = Object.entries(settings.all()).map(([name, value]): Setting => {
    const isSet = isSettingName(name) && settings.get(name) !== undefined
    return [name, value, isSet ? 'setting' : 'default']
  })
  const shown = [...own, ...(await readVaultSettings(openAccount))]
  const server = await serverInForce(options)
  return shown
    .map((setting) => (server && setting[0] === 'server' ? server : setting))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** Undefined where it is the setting: flag and variable go before the server of the account, and that before the setting. */
async function serverInForce({
  profile,
  serverVariable,
}: ConfigOptions): Promise<Setting | undefined> {
  const { profileState, readWhoami } = await import('@secure-chat/client')
  if (profile.server !== undefined) {
    return ['server', profile.server, profile.server === serverVariable ? 'variable' : 'flag']
  }
  if (profileState(profile) === 'empty') return undefined
  return ['server', readWhoami(profile).server, 'profile']
}

/** A signed-in profile stays at its server whatever the setting says; undefined when there is nothing to tell. */
export async function whenItCounts(
  name: string,
  { profile }: Pick<ConfigOptions, 'profile'>,
): Promise<string | undefined> {
  const { profileState, readWhoami } = await import('@secure-chat/client')
  if (name !== 'server' || profileState(profile) === 'empty') return undefined
  const me = readWhoami(profile)
  return `This profile belongs to ${me.name} at ${me.server} and stays there. The setting counts from the next sign-in on, and only if the server itself has moved.`
}

/** @throws ChatError usage for an unknown name or a value it cannot take */
export async function setSetting(
  { name, value }: { readonly name: string; readonly value: string },
  { settings, openAccount }: ConfigOptions,
): Promise<void> {
  if (isSettingName(name)) return settings.set(name, value)
  if (name !== vaultSetting) throw unknownSetting(name)
  await openAccount((account) => account.settings.set(vaultSetting, value))
}

async function readVaultSettings(openAccount: ConfigOptions['openAccount']): Promise<Setting[]> {
  try {
    return await openAccount(({ settings }) =>
      Object.entries(settings.all()).map(([name, value]): Setting => [name, value, 'setting']),
    )
  } catch (error) {
    if (isChatError(error) && error.exit === 4) return []
    throw error
  }
}

function unknownSetting(name: string): ChatError {
  const names = [...Object.keys(settingTable), vaultSetting].toSorted()
  return new ChatError('usage', `There is no setting "${name}".`, {
    suggestions: [`The settings are: ${names.join(', ')}`],
  })
}
