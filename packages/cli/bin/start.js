/**
 * Finds what to run. Built files by default; the sources under `node --conditions=source`, or where
 * nothing was built yet.
 */
import { existsSync } from 'node:fs'
import { enableCompileCache, registerHooks } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// In the user's own cache folder: Node's default lies in the shared /tmp, where another user could prepare compiled code.
enableCompileCache(
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'secure-chat', 'compiled'),
)

if (!existsSync(fileURLToPath(import.meta.resolve('@secure-chat/cli')))) {
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: ['source', ...(context.conditions ?? [])] }),
  })
}

const { runCli } = await import('@secure-chat/cli')
await runCli(process.argv.slice(2))
