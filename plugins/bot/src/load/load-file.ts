import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { basename, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ChatError, isChatError } from '@secure-chat/plugin-sdk/cli'
import { type CheckedBot, checkBot, namePattern } from './check-bot.ts'

const ownName = 'secure-chat-plugin-bot'

/**
 * Loads a bot from a module. `secure-chat-plugin-bot` is this very package for it, wherever it lies and whether it is
 * installed there or not.
 *
 * @throws ChatError `usage` when it is no bot, `file_unreadable`, `plugin_error` when it throws
 */
export async function loadFile(file: string, name: string | undefined): Promise<CheckedBot> {
  const path = resolve(file)
  if (!existsSync(path)) throw new ChatError('file_unreadable', `${file}: there is no such file.`)
  const own = new URL(import.meta.resolve('../index.js')).href
  // For as long as the bot runs: it may load more of itself later.
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === ownName ? { url: own, shortCircuit: true } : next(specifier, context),
  })
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(path).href)
    const checked = checkBot(module.default, { file, unnamed: nameOf(path) })
    return name === undefined ? checked : { ...checked, name }
  } catch (error) {
    if (isChatError(error)) throw error
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    throw new ChatError('plugin_error', `${file} cannot be loaded: ${reason}`, {
      cause: error,
      suggestions: ['Try it by itself: node --check FILE'],
    })
  }
}

function nameOf(path: string): string {
  const name = basename(path, extname(path))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
  return namePattern.test(name) ? name : 'bot'
}
