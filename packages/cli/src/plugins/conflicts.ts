/** Names that only one may have: of plugins, of slash commands, of kinds. */
import type { CliPlugin } from '@secure-chat/plugin-sdk/cli'
import { ChatError } from '@secure-chat/protocol/errors'
import { ownCommands } from '../chat/slash/commands.ts'
import { goOnWithout } from './go-on-without.ts'

/** @throws ChatError plugin_error, naming both */
export function checkConflicts(
  collected: ReadonlyArray<{ readonly packageName: string; readonly plugin: CliPlugin }>,
): void {
  requireUnique(
    collected.map(({ packageName, plugin }) => ({
      thing: `the name "${plugin.name}"`,
      owner: packageName,
      packageName,
    })),
  )
  requireUnique([
    ...ownCommands.map(({ name }) => ({ thing: `/${name}`, owner: 'secure-chat itself' })),
    ...collected.flatMap(({ packageName, plugin: { name, slashCommands = [] } }) =>
      slashCommands.map((command) => ({ thing: `/${command.name}`, owner: name, packageName })),
    ),
  ])
  requireUnique(
    collected.flatMap(({ packageName, plugin: { name, kinds = {} } }) =>
      Object.keys(kinds).map((kind) => ({
        thing: `messages of kind ${kind}`,
        owner: name,
        packageName,
      })),
    ),
  )
}

type Claim = {
  readonly thing: string
  readonly owner: string
  /** What `plugins uninstall` takes; the program itself has none. */
  readonly packageName?: string
}

function requireUnique(claims: readonly Claim[]): void {
  const first = new Map<string, Claim>()
  for (const claim of claims) {
    const other = first.get(claim.thing)
    if (other !== undefined) throw conflict(other, claim)
    first.set(claim.thing, claim)
  }
}

function conflict(first: Claim, second: Claim): ChatError {
  const who =
    first.owner === second.owner
      ? `The plugin ${first.owner} claims ${first.thing} twice`
      : `${first.owner} and the plugin ${second.owner} both claim ${first.thing}`
  const packages = new Set([first, second].flatMap(({ packageName }) => packageName ?? []))
  return new ChatError('plugin_error', `${who}: only one can have it.`, {
    suggestions: [
      goOnWithout,
      ...Array.from(packages, (name) => `secure-chat plugins uninstall ${name}`),
    ],
  })
}
