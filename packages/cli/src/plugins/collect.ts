/**
 * Asks the installed plugins what they add to a chat, by the one hook `chat:extend`. Anything wrong with one of them is
 * an error: a chat that silently ran without a filter its user installed would send what was not to be sent.
 */
import type { Config, Plugin } from '@oclif/core/interfaces'
import type { CliPlugin } from '@secure-chat/plugin-sdk/cli'
import { ChatError } from '@secure-chat/protocol/errors'
import { complaintAbout, isPlugin } from './check-plugin.ts'
import { checkConflicts } from './conflicts.ts'
import { goOnWithout } from './go-on-without.ts'
import type { BrokenPlugin } from './load-plugins.ts'
import { withinBudget } from './plugin-failure.ts'

/** How long a hook and the loading of its file may take: it only hands over a value. */
const hookBudgetMs = 10_000

const chatHook = 'chat:extend'

/** In order of installing. @throws ChatError plugin_error, naming the plugin */
export async function collectPlugins(
  config: Config,
  broken: readonly BrokenPlugin[],
): Promise<CliPlugin[]> {
  const [first] = broken
  if (first) throw withWayOut(first.error)
  const collected: Collected[] = []
  // One after the other: Node lets no package of CommonJS require the SDK while another one is importing it.
  for (const plugin of config.getPluginsList()) {
    collected.push(...(await collectFrom(plugin, config)))
  }
  checkConflicts(collected)
  return collected.map(({ plugin }) => plugin)
}

export type Collected = { readonly packageName: string; readonly plugin: CliPlugin }

/** None from a plugin without the hook. @throws ChatError plugin_error */
export async function collectFrom(plugin: Plugin, config: Config): Promise<Collected[]> {
  const { name, hooks } = plugin
  if (hooks[chatHook] === undefined) return []
  const results = await runHook(plugin, config).catch((error: unknown) => {
    throw failed(name, reasonOf(error), error)
  })
  if (results.length === 0) throw failed(name, noFunction)
  return results.map((result) => ({ packageName: name, plugin: pluginOf(result, name) }))
}

function pluginOf(result: unknown, name: string): CliPlugin {
  try {
    if (isPlugin(result)) return result
  } catch (error) {
    // Its parts may be getters, which are code too.
    throw failed(name, reasonOf(error), error)
  }
  throw failed(name, `${complaintAbout(result)}.`)
}

const noFunction = 'the file of its chat:extend hook has no function.'

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // What oclif says of a default export that is none.
  if (error.message === 'hookFn.call is not a function') return noFunction
  // Its own file, not one that it imports.
  const missing = /failed to load (.+): Cannot find module '\1'/.exec(error.message)?.[1]
  if (missing !== undefined) return `there is no ${missing}. If it is yours: npm run build.`
  return error.message || error.name
}

/** Of one plugin: oclif runs the hooks of all side by side, where one whose file never finishes loading has no name. */
async function runHook(plugin: Plugin, config: Config): Promise<unknown[]> {
  const alone: Config = Object.create(config, {
    plugins: { value: new Map([[plugin.name, plugin]]) },
  })
  const { successes, failures } = await withinBudget(
    () => alone.runHook(chatHook, {}, undefined, true),
    hookBudgetMs,
  )
  const [failure] = failures
  if (failure) throw failure.error
  return successes.map(({ result }) => result)
}

function failed(name: string, reason: string, cause?: unknown): ChatError {
  const text = `The plugin ${name} cannot be used: ${reason}`
  return withWayOut(new ChatError('plugin_error', text, { cause }))
}

function withWayOut(error: ChatError): ChatError {
  return new ChatError(error.code, error.message, {
    cause: error.cause,
    suggestions: [
      goOnWithout,
      ...(error.suggestions.length > 0 ? error.suggestions : ['secure-chat plugins']),
    ],
  })
}
