import { type SettingKey, settingsTable } from '../config/settings.ts'
import { withoutPassword } from '../config/without-password.ts'
import { loadConfig, type Settings } from '../config.ts'
import type { PluginEntryValue } from '../plugins/index.ts'
import type { CommandIo } from './io.ts'

/** Every setting in force as `NAME=value`, secrets masked: what `start` would run with. */
export async function showConfig(io: CommandIo): Promise<number> {
  io.out(configText(await loadConfig()))
  return 0
}

function configText(settings: Settings): string {
  const lines = Object.entries(settingsTable).map(
    ([key, { name, isSecret }]) => `${name}=${shown(key, isSecret, settings)}`,
  )
  return `${lines.join('\n')}\n`
}

const masked = '********'

function shown(key: string, isSecret: boolean, settings: Settings): string {
  const tls: Partial<Record<string, boolean>> = {
    tlsCert: settings.tls !== undefined,
    tlsKey: settings.tls !== undefined,
  }
  if (key in tls) return tls[key] ? '(set)' : ''
  if (key === 'plugins') return JSON.stringify(settings.plugins.map(withoutConfig))
  if (key === 'sessionSecret') return settings.sessionSecrets ? masked : '(kept in DATA_DIR)'
  const value: unknown =
    settings[key as Exclude<SettingKey, 'sessionSecret' | 'tlsCert' | 'tlsKey'>]
  if (value === undefined) return ''
  if (isSecret) {
    const isUrl = key === 'databaseUrl' || key === 'queueUrl'
    return isUrl ? withoutPassword(String(value)) : masked
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The config of a plugin may hold a secret; only the plugin knows where. */
function withoutConfig(entry: Settings['plugins'][number]): object {
  const { use, grant, ...rest }: PluginEntryValue = entry
  return { use, ...rest, ...(rest.config !== undefined && { config: masked }), grant }
}
