import { realpathSync } from 'node:fs'
import { sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ChatError } from '@secure-chat/protocol/errors'
import { goOnWithout } from './go-on-without.ts'
import type { InstalledPlugin } from './installed.ts'

/**
 * For an error outside of any call, as from a timer or a promise that nobody waits for: whose code threw it, by the
 * first line of the stack that is not Node's. Undefined when it is not a plugin's.
 */
export function blamePlugin(
  error: unknown,
  installed: readonly InstalledPlugin[],
): ChatError | undefined {
  if (!(error instanceof Error)) return undefined
  const [first = ''] = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !line.includes('node:'))
  const guilty = installed.find(({ root }) => placesOf(root).some((place) => first.includes(place)))
  if (guilty === undefined) return undefined
  const text = `The plugin ${guilty.name} failed outside of any call: ${error.message || error.name}`
  return new ChatError('plugin_error', text, {
    cause: error,
    suggestions: [goOnWithout, 'secure-chat plugins update'],
  })
}

/** As stacks name it: by its path or its address, and where a link leads to. */
function placesOf(root: string): string[] {
  const folders = [root]
  try {
    folders.push(realpathSync(root))
  } catch {
    // Removed meanwhile: its name is all there is.
  }
  return folders.flatMap((folder) => [folder + sep, `${pathToFileURL(folder).href}/`])
}
