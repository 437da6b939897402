/**
 * The plugins of one run: the program itself, what users installed, oclif's own. Loaded here, not by oclif, so that the
 * order is that of installing (oclif's is that of whose files were read first), commands are known without loading
 * code, and one that does not load is named instead of passed over.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Plugin } from '@oclif/core/config'
import type { Manifest, PJSON, Plugin as PluginShape } from '@oclif/core/interfaces'
import { ChatError, isChatError } from '@secure-chat/protocol/errors'
import { apiVersion, takesApi } from './api-version.ts'
import { type InstalledPlugin, membersOf } from './installed.ts'
import { cachedManifest } from './manifest-cache.ts'

export type BrokenPlugin = { readonly name: string; readonly error: ChatError }

export type LoadedPlugins = {
  readonly plugins: Map<string, PluginShape>
  /** Installed, and left out. */
  readonly broken: readonly BrokenPlugin[]
}

export type LoadOptions = {
  readonly root: string
  readonly pjson: PJSON
  readonly installed: readonly InstalledPlugin[]
  readonly cacheDir: string
}

export async function loadPlugins(options: LoadOptions): Promise<LoadedPlugins> {
  const { root, pjson, installed, cacheDir } = options
  const program = new Plugin({ isRoot: true, pjson, root })
  const names = pjson.oclif.plugins ?? []
  const [users, cores] = await Promise.all([
    loadAll(installed, cacheDir),
    Promise.all(names.map((name) => loadCore(name, root))),
    program.load(),
  ])
  const whole = users.flatMap((loaded) => ('plugin' in loaded ? [loaded.plugin] : []))
  const plugins = new Map<string, PluginShape>()
  for (const plugin of [program, ...whole, ...cores]) {
    if (!plugins.has(plugin.name)) plugins.set(plugin.name, plugin)
  }
  return { plugins, broken: users.flatMap((loaded) => ('error' in loaded ? [loaded] : [])) }
}

/** One after the other, since code may be loaded to find commands; see collect.ts. */
async function loadAll(installed: readonly InstalledPlugin[], cacheDir: string) {
  const loaded: Array<{ readonly plugin: Plugin } | BrokenPlugin> = []
  for (const entry of installed) loaded.push(await loadInstalled(entry, cacheDir))
  return loaded
}

async function loadCore(name: string, root: string): Promise<Plugin> {
  const plugin = new Plugin({ name, root, type: 'core' })
  await plugin.load()
  return plugin
}

export async function loadInstalled(
  entry: InstalledPlugin,
  cacheDir: string,
): Promise<{ plugin: Plugin } | BrokenPlugin> {
  const { name } = entry
  try {
    return { plugin: await loadUser(entry, cacheDir) }
  } catch (error) {
    return { name, error: notLoaded(entry, error) }
  }
}

async function loadUser(entry: InstalledPlugin, cacheDir: string): Promise<Plugin> {
  const { name, root, type, tag, url } = entry
  const plugin = new Plugin({ errorOnManifestCreate: true, name, root, tag, type, url })
  const makeManifest: () => Promise<Manifest> = Reflect.get(plugin, '_manifest').bind(plugin)
  // Private to oclif, whose version is pinned; everything else of loading stays its own.
  Object.assign(plugin, {
    async _manifest() {
      checkApi(plugin.name, plugin.pjson)
      const source = { root: plugin.root, pjson: plugin.pjson, make: makeManifest }
      const manifest = await cachedManifest(source, cacheDir)
      plugin.commandIDs = Object.keys(manifest.commands)
      return manifest
    },
  })
  await plugin.load()
  return plugin
}

/** By the range in the package's own words; without one, what its code says is looked at when it runs. */
function checkApi(name: string, pjson: PJSON): void {
  const range: unknown = membersOf(Reflect.get(pjson, 'secureChat')).api
  if (range === undefined) return
  const isTaken = typeof range === 'string' ? takesApi(range) : undefined
  if (isTaken) return
  const program = `this secure-chat has version ${apiVersion.join('.')} of the plugin API`
  const text =
    isTaken === undefined
      ? `The package.json of ${name} names no range of versions in secureChat.api: "^1" is one.`
      : `${name} was made for version ${range} of the plugin API, and ${program}.`
  throw new ChatError('plugin_error', text, { suggestions: ['secure-chat plugins update'] })
}

function notLoaded({ name, root, type }: InstalledPlugin, error: unknown): ChatError {
  if (isChatError(error)) return error
  const isGone = !existsSync(join(root, 'package.json'))
  const reason = error instanceof Error ? error.message : String(error)
  const place = type === 'link' ? 'linked' : 'installed'
  const text = isGone
    ? `The plugin ${name} is ${place}, but there is no package in ${root} any more.`
    : `The plugin ${name} cannot be loaded: ${reason}`
  return new ChatError('plugin_error', text, {
    cause: error,
    suggestions: [`secure-chat plugins uninstall ${name}`],
  })
}
