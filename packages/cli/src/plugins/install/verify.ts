/** Is what was fetched a plugin that works here? Looked at before it is put in place. */
import type { Config, Plugin } from '@oclif/core/interfaces'
import { ChatError, isChatError } from '@secure-chat/protocol/errors'
import { type Collected, collectFrom } from '../collect.ts'
import { checkConflicts } from '../conflicts.ts'
import { goOnWithout } from '../go-on-without.ts'
import { type InstalledPlugin, membersOf } from '../installed.ts'
import { loadInstalled } from '../load-plugins.ts'
import { readManifest } from '../read-manifest.ts'

/** Loads its code. @throws ChatError plugin_error */
export async function verifyPlugin(
  entry: InstalledPlugin,
  config: Config,
): Promise<{ readonly version: string }> {
  try {
    return await verify(entry, config)
  } catch (error) {
    if (!isChatError(error, 'plugin_error')) throw error
    const suggestions = error.suggestions.filter((one) => one !== goOnWithout)
    throw new ChatError('plugin_error', error.message, { cause: error, suggestions })
  }
}

async function verify(
  entry: InstalledPlugin,
  config: Config,
): Promise<{ readonly version: string }> {
  requireCliHalf(entry)
  const loaded = await loadInstalled(entry, config.cacheDir)
  if ('error' in loaded) throw loaded.error
  const { plugin } = loaded
  requireFreeCommands(plugin, config)
  const others = config
    .getPluginsList()
    .filter(({ type, name }) => (type === 'user' || type === 'link') && name !== plugin.name)
  const collected: Collected[] = []
  for (const other of others) collected.push(...(await collectOther(other, config)))
  checkConflicts([...collected, ...(await collectFrom(plugin, config))])
  return { version: plugin.version }
}

/** Another one that is broken says so itself, and keeps this one from nothing. */
async function collectOther(plugin: Plugin, config: Config): Promise<Collected[]> {
  try {
    return await collectFrom(plugin, config)
  } catch {
    return []
  }
}

/** The package may extend the server too, or the server alone. */
function requireCliHalf({ name, root }: InstalledPlugin): void {
  const pjson = readManifest(root)
  if (Object.keys(membersOf(pjson.oclif)).length > 0) return
  const isForServer = membersOf(pjson.secureChat).server !== undefined
  throw new ChatError(
    'plugin_error',
    isForServer
      ? `${name} extends the server only: there is nothing in it for this program.`
      : `${name} is no plugin of secure-chat: its package.json has no "oclif".`,
    { suggestions: isForServer ? ['The operator of a server names it in PLUGINS.'] : [] },
  )
}

/** The program's own commands win, and those of what was installed before: another of the same name could never be called. */
function requireFreeCommands({ name, commandIDs }: Plugin, config: Config): void {
  for (const id of commandIDs) {
    const taken = config.findCommand(id)
    if (taken === undefined || taken.pluginName === name) continue
    const owner = taken.pluginType === 'core' ? 'secure-chat' : `the plugin ${taken.pluginName}`
    const command = id.replaceAll(':', ' ')
    throw new ChatError(
      'plugin_error',
      `${name} brings a command "${command}", which ${owner} has already.`,
    )
  }
}
