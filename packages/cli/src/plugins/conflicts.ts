/** Names that only one may have: of plugins, of slash commands, of kinds. */
import type { CliPlugin } from '@secure-chat/plugin-sdk/cli'
import { ChatError } from '@secure-chat/protocol/errors'
import { ownCommands } from '../chat/slash/commands.ts'

/** @throws ChatError plugin_error, naming both */
export function checkConflicts(
  collected: ReadonlyArray<{ readonly packageName: string; readonly plugin: CliPlugin }>,
): void {
  const plugins = collected.map(({ plugin }) => plugin)
  requireUnique(
    collected.map(({ packageName, plugin }) => ({
      thing: `the name "${plugin.name}"`,
      owner: packageName,
    })),
  )
  requireUnique([
    ...ownCommands.map(({ name }) => ({ thing: `/${name}`, owner: 'secure-chat itself' })),
    ...plugins.flatMap(({ name, slashCommands = [] }) =>
      slashCommands.map((command) => ({ thing: `/${command.name}`, owner: name })),
    ),
  ])
  requireUnique(
    plugins.flatMap(({ name, kinds = {} }) =>
      Object.keys(kinds).map((kind) => ({ thing: `messages of kind ${kind}`, owner: name })),
    ),
  )
}

type Claim = { readonly thing: string; readonly owner: string }

function requireUnique(claims: readonly Claim[]): void {
  const owners = new Map<string, string>()
  for (const { thing, owner } of claims) {
    const other = owners.get(thing)
    if (other !== undefined) throw conflict(thing, other, owner)
    owners.set(thing, owner)
  }
}

function conflict(thing: string, first: string, second: string): ChatError {
  const isOne = first === second
  const who = isOne
    ? `The plugin ${first} claims ${thing} twice`
    : `${first} and the plugin ${second} both claim ${thing}`
  return new ChatError('plugin_error', `${who}: only one can have it.`, {
    suggestions: ['--no-plugins goes on without plugins.', 'secure-chat plugins uninstall NAME'],
  })
}
