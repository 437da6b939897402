import { rmSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import type { Config } from '@oclif/core/interfaces'
import { ChatError, isChatError } from '@secure-chat/protocol/errors'
import { classify } from '../errors/classify.ts'
import { type Installed, installPlugin } from '../plugins/install/install-plugin.ts'
import type { InstallByNpm } from '../plugins/install/npm.ts'
import { addToList, removeFromList } from '../plugins/install/plugin-list.ts'
import { sourceOf } from '../plugins/install/source.ts'
import { verifyPlugin } from '../plugins/install/verify.ts'
import { type InstalledPlugin, readInstalled } from '../plugins/installed.ts'
import { readManifest } from '../plugins/read-manifest.ts'
import { withoutPassword } from '../plugins/without-password.ts'
import { findInstalled } from './plugin-list.ts'

export type PluginWork = { readonly config: Config; readonly npm: InstallByNpm }

export type AddedPlugin = Installed & { readonly pinned: boolean }

/** @param pin `sha512-…`, the hash that the package's file must have */
export async function addPlugin(
  typed: string,
  pin: string | undefined,
  work: PluginWork,
): Promise<AddedPlugin> {
  try {
    const installed = await installPlugin(sourceOf(typed, process.cwd()), { ...work, pin })
    return { ...installed, source: withoutPassword(installed.source), pinned: pin !== undefined }
  } catch (error) {
    throw notInstalled(typed, error)
  }
}

function notInstalled(typed: string, error: unknown): unknown {
  if (!isChatError(error)) return error
  const text = `${withoutPassword(typed)} was not installed, and nothing of it is left. ${error.message}`
  return new ChatError(error.code, text, { cause: error, suggestions: error.suggestions })
}

export type LinkedPlugin = {
  readonly name: string
  readonly version: string
  readonly location: string
}

/** The folder as it is, for its author. @throws ChatError plugin_error | file_unreadable */
export async function linkPlugin(
  path: string,
  { config }: Pick<PluginWork, 'config'>,
): Promise<LinkedPlugin> {
  const root = resolve(path)
  const { name } = readManifest(root)
  if (typeof name !== 'string') {
    throw new ChatError('plugin_error', `The package.json in ${root} has no name.`)
  }
  const entry: InstalledPlugin = {
    name,
    type: 'link',
    root,
    tag: undefined,
    url: undefined,
    spec: undefined,
    integrity: undefined,
    isPinned: false,
  }
  const { version } = await verifyPlugin(entry, config)
  const replaced = readInstalled(config.dataDir).find((known) => known.name === name)
  addToList(config.dataDir, entry, {
    clearAway: () => removeFiles(config.dataDir, replaced),
  })
  return { name, version, location: root }
}

/** @throws ChatError not_found */
export function removePlugin(
  named: string,
  { config }: Pick<PluginWork, 'config'>,
): { name: string } {
  const { dataDir } = config
  const plugin = findInstalled(named, dataDir)
  removeFromList(dataDir, plugin.name, { clearAway: () => removeFiles(dataDir, plugin) })
  return { name: plugin.name }
}

export type UpdatedPlugin = {
  readonly name: string
  readonly state: 'updated' | 'unchanged' | 'pinned' | 'linked' | 'failed'
  readonly from: string | null
  readonly to: string | null
  readonly error?: ChatError
}

/** One after the other; one that fails stays as it was, and keeps the next from nothing. */
export async function updatePlugins(
  names: readonly string[],
  work: PluginWork,
): Promise<UpdatedPlugin[]> {
  const { dataDir } = work.config
  const all = readInstalled(dataDir)
  const chosen = names.length === 0 ? all : names.map((name) => findInstalled(name, dataDir))
  const updated: UpdatedPlugin[] = []
  for (const plugin of chosen) updated.push(await updateOne(plugin, work))
  return updated
}

async function updateOne(plugin: InstalledPlugin, work: PluginWork): Promise<UpdatedPlugin> {
  const { name, type, isPinned, integrity, spec = name } = plugin
  const from = versionOf(plugin)
  if (type === 'link') return { name, state: 'linked', from, to: from }
  if (isPinned) return { name, state: 'pinned', from, to: from }
  try {
    const { version, integrity: newHash } = await installPlugin(
      sourceOf(spec, work.config.dataDir),
      {
        ...work,
        pin: undefined,
      },
    )
    const isSame = version === from && newHash !== null && newHash === integrity
    return { name, state: isSame ? 'unchanged' : 'updated', from, to: version }
  } catch (error) {
    const known = classify(error)
    if (known.kind !== 'error') throw error
    return { name, state: 'failed', from, to: from, error: known.error }
  }
}

function versionOf({ root }: InstalledPlugin): string | null {
  try {
    const { version } = readManifest(root)
    return typeof version === 'string' ? version : null
  } catch {
    return null
  }
}

/** Never what is linked: that is its author's. */
function removeFiles(dataDir: string, plugin: InstalledPlugin | undefined): void {
  if (plugin?.type !== 'user' || !plugin.root.startsWith(dataDir + sep)) return
  const own = join(dataDir, 'plugins', encodeURIComponent(plugin.name))
  const folder = plugin.root.startsWith(own + sep) ? own : plugin.root
  rmSync(folder, { recursive: true, force: true })
}

/** Undefined when none failed. */
export function updateFailure(updated: readonly UpdatedPlugin[]): ChatError | undefined {
  const failed = updated.flatMap(({ name, error }) => (error ? [{ name, error }] : []))
  const [first] = failed
  if (!first) return undefined
  const reasons = failed.map(({ name, error }) => `${name}: ${error.message}`)
  const text = `Not updated, and left as they were: ${reasons.join(' ')}`
  const code = updated.length === 1 ? first.error.code : 'partly_done'
  return new ChatError(code, text, { cause: first.error })
}
