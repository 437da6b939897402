/** Is what was fetched a plugin that works here? Looked at before it is put in place. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config, Plugin } from '@oclif/core/interfaces'
import { ChatError } from '@secure-chat/protocol/errors'
import { type Collected, collectFrom } from '../collect.ts'
import { checkConflicts } from '../conflicts.ts'
import { type InstalledPlugin, membersOf } from '../installed.ts'
import { loadInstalled } from '../load-plugins.ts'

/** Loads its code. @throws ChatError plugin_error */
export async function verifyPlugin(
  entry: InstalledPlugin,
  config: Config,
): Promise<{ readonly version: string }> {
  requireCliHalf(entry)
  const loaded = await loadInstalled(entry, config.cacheDir)
  if ('error' in loaded) throw loaded.error
  const { plugin } = loaded
  requireOwnCommands(plugin, config)
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
  const pjson = membersOf(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
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

/** The program's own commands win, so one of the same name could never be called. */
function requireOwnCommands(plugin: Plugin, config: Config): void {
  const taken = plugin.commandIDs.find((id) => config.findCommand(id)?.pluginType === 'core')
  if (taken === undefined) return
  throw new ChatError(
    'plugin_error',
    `${plugin.name} brings a command "${taken.replaceAll(':', ' ')}", which secure-chat has already.`,
  )
}
