/** Slash commands of plugins as the chat knows its own. */
import type { CliPlugin, SlashCommand as PluginCommand } from '@secure-chat/plugin-sdk/cli'
import { printable } from '@secure-chat/protocol/printable'
import type { SlashCommand } from '../chat/slash/commands.ts'
import { splitArguments } from './arguments.ts'
import { pluginFailure } from './plugin-failure.ts'
import type { ChatFor } from './transforms.ts'

const describeLength = 60

export function makeSlashCommands(
  plugins: readonly CliPlugin[],
  chatFor: ChatFor,
  tell: (failure: string) => void,
): SlashCommand[] {
  return plugins.flatMap(({ name: plugin, slashCommands = [] }) =>
    slashCommands.map((command) => ({
      name: command.name,
      usage: `/${command.name}`,
      describe: `${printable(command.describe, describeLength)} (${plugin})`,
      complete: (typed: string) => candidates(plugin, command, typed),
      async run(rest: string) {
        try {
          await command.run(splitArguments(rest), chatFor(plugin))
        } catch (error) {
          throw pluginFailure(plugin, `/${command.name}`, error)
        }
      },
    })),
  )

  function candidates(plugin: string, command: PluginCommand, typed: string): string[] {
    try {
      const words: unknown = command.complete?.(typed, chatFor(plugin)) ?? []
      if (!Array.isArray(words)) throw new TypeError('its candidates are no list')
      // What is completed is typed for the user: nothing unseen may be in it, and no blank that ends the word.
      return words.filter(
        (word) => typeof word === 'string' && /^\S+$/.test(word) && printable(word) === word,
      )
    } catch (error) {
      tell(pluginFailure(plugin, `complete of /${command.name}`, error).message)
      return []
    }
  }
}
