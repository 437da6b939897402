/** One command line under oclif, with the plugins that are installed. */
import { join } from 'node:path'
import type { Config, PJSON, Plugin } from '@oclif/core/interfaces'
import { ChatError, isChatError } from '@secure-chat/protocol/errors'
import { readEnvironment } from './config/environment.ts'
import { foldersOf } from './config/folders.ts'
import { flagValue, hasFlag } from './input/argv.ts'
import { withHost } from './plugins/host-options.ts'
import { readInstalled } from './plugins/installed.ts'

export type Program = {
  readonly manifest: PJSON
  /** Folder of the package. */
  readonly root: string
  /** Run from dist, else from the sources. */
  readonly isBuilt: boolean
}

/** The exit code. */
export async function runProgram(argv: readonly string[], program: Program): Promise<number> {
  const [{ run: runOclif }, { settings }, { loadPlugins }] = await Promise.all([
    import('@oclif/core/run'),
    import('@oclif/core/settings'),
    import('./plugins/load-plugins.ts'),
  ])
  // Plugins run as they were built; oclif would look for tsx and ts-node, and warn about every linked one.
  settings.enableAutoTranspile = false
  const place = oclifPlace(program, process.stdin.isTTY && !hasFlag(argv, '--json'))
  const { cacheDir, dataDir } = foldersOf(readEnvironment())
  const installed = hasFlag(argv, '--no-plugins') ? [] : readInstalled(dataDir)
  // Those that are being installed are loaded too, to see whether they work.
  if (installed.length > 0 || argv[0]?.startsWith('plugins')) {
    const { provideSdk } = await import('./plugins/sdk-resolution.ts')
    provideSdk(program)
  }
  const { plugins, broken } = await loadPlugins({ ...place, installed, cacheDir })
  for (const { error } of broken) await warn(error)
  const openClient = async (config: Config) => {
    const { openProfileClient } = await import('./plugins/open-profile-client.ts')
    return openProfileClient(config, {
      profile: flagValue(argv, '--profile'),
      'no-input': hasFlag(argv, '--no-input'),
      insecure: hasFlag(argv, '--insecure'),
    })
  }
  try {
    await runOclif([...argv], withHost({ ...place, plugins }, { openClient, broken }))
  } catch (error) {
    const { unknownCommand } = await import('./errors/unknown-command.ts')
    const ids = [...plugins.values()].flatMap(({ commandIDs }) => commandIDs)
    throw unknownCommand(error, argv, ids) ?? ofPlugin(argv, plugins.values(), error)
  }
  return Number(process.exitCode ?? 0)
}

/** What is no message of its own is no bug of this program either, when the command was a plugin's. */
function ofPlugin(argv: readonly string[], plugins: Iterable<Plugin>, error: unknown): unknown {
  const isTold = isChatError(error) || (error instanceof Error && 'oclif' in error)
  const words = argv.join(':')
  const owner = [...plugins].find(
    ({ type, commandIDs }) =>
      type !== 'core' && commandIDs.some((id) => words === id || words.startsWith(`${id}:`)),
  )
  if (isTold || !owner) return error
  const reason = error instanceof Error ? error.message || error.name : String(error)
  const text = `The plugin ${owner.name} failed: ${reason}`
  return new ChatError('plugin_error', text, { cause: error })
}

/** A plugin that is left out: no reason to keep from the user what needs none. */
async function warn(error: ChatError): Promise<void> {
  const { explainError } = await import('./errors/render.ts')
  process.stderr.write(`${explainError(error)}\n`)
}

/** Asks "did you mean"; where nobody can answer it would only say twice that a command is unknown. */
const notFound = '@oclif/plugin-not-found'

/** Run from the sources, commands are found by their files, so none needs a build or a manifest first. */
function oclifPlace(
  { manifest, root, isBuilt }: Program,
  canAsk: boolean,
): { root: string; pjson: PJSON } {
  const plugins = manifest.oclif.plugins?.filter((name) => canAsk || name !== notFound)
  const pjson = { ...manifest, oclif: { ...manifest.oclif, ...(plugins && { plugins }) } }
  if (isBuilt) return { root, pjson }
  const oclif = { ...pjson.oclif, commands: './commands', helpClass: './help/help.ts' }
  return { root: join(root, 'src'), pjson: { ...pjson, oclif } }
}
