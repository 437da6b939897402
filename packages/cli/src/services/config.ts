import type { Account } from '@secure-chat/client'
import { ChatError, isChatError } from '@secure-chat/protocol/errors'
import { isSettingName, type SettingsFile, settingTable } from '../config/settings-file.ts'

/** Belongs to the account and lives in its vault, so it needs an unlocked profile. */
const vaultSetting = 'receipts'

export type Setting = readonly [name: string, value: string]

export type ConfigOptions = {
  readonly settings: SettingsFile
  readonly openAccount: <T>(work: (account: Account) => T) => Promise<T>
}

/** Every setting of the profile. Those in the vault are left out while it cannot be opened. */
export async function listSettings({ settings, openAccount }: ConfigOptions): Promise<Setting[]> {
  const own: Setting[] = Object.entries(settings.all())
  return [...own, ...(await readVaultSettings(openAccount))].toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  )
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
    return await openAccount(({ settings }) => Object.entries(settings.all()))
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
