import type { Half } from './plan.ts'
import { UsageError } from './usage-error.ts'

/** Slash commands of the chat itself. The example's slash command is called after its plugin, and these are taken. */
export const namesOfTheChat: readonly string[] = [
  'help',
  'quit',
  'who',
  'history',
  'search',
  'verify',
  'trust',
  'away',
  'back',
  'me',
  'editor',
  'notify',
  'retry',
  'clear',
]

/** Takes the package's name for the plugin's: `secure-chat-plugin-foo` is `foo`. */
export function pluginNameOf(typed: string): string {
  return typed.replace(/^secure-chat-plugin-/, '')
}

/** @returns why it is none, or undefined where it is one */
export function complaintAbout(name: string): string | undefined {
  if (/^[a-z][a-z0-9-]{1,39}$/.test(name)) return undefined
  return 'A name has 2 to 40 characters: lower-case letters, digits and "-", and begins with a letter.'
}

/** @throws UsageError */
export function checkName(name: string, halves: readonly Half[]): void {
  const complaint = complaintAbout(name)
  if (complaint !== undefined) {
    throw new UsageError(
      `${JSON.stringify(name)} cannot be the name of a plugin. ${complaint} Example: quiet-hours`,
    )
  }
  if (halves.includes('cli') && namesOfTheChat.includes(name)) {
    throw new UsageError(
      `A chat has a /${name} of its own, and the plugin's slash command is called as the plugin is. ` +
        `Give another name, ${name}-more perhaps.`,
    )
  }
}
