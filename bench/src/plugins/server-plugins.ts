/** Packages of server plugins as an operator has them, and the configuration that names them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type BenchPlugin = {
  readonly name: string
  /** Source of a function: what the transform of messages does. */
  readonly handler: string
  /** What its entry says beside `use` and `grant`. */
  readonly entry?: { readonly isolate?: boolean; readonly onFailure?: 'skip' }
}

/** @returns the path for `SECURE_CHAT_CONFIG` */
export function writePlugins(folder: string, plugins: readonly BenchPlugin[]): string {
  const entries = plugins.map(({ name, handler, entry }) => {
    const packageFolder = join(folder, name)
    mkdirSync(packageFolder, { recursive: true })
    const secureChat = { api: '^1', server: './server.js' }
    const manifest = { name, version: '1.0.0', type: 'module', secureChat }
    writeFileSync(join(packageFolder, 'package.json'), JSON.stringify(manifest))
    writeFileSync(join(packageFolder, 'server.js'), sourceOf(name, handler))
    return { use: packageFolder, grant: ['transformEnvelope'], ...entry }
  })
  const path = join(folder, 'secure-chat.config.json')
  writeFileSync(path, JSON.stringify({ plugins: entries }))
  return path
}

function sourceOf(name: string, handler: string): string {
  return `import { defineServerPlugin } from '@secure-chat/plugin-sdk/server'
export default defineServerPlugin({
  name: '${name}',
  apiVersion: 1,
  capabilities: ['transformEnvelope'],
  create: () => ({ transformEnvelope: { types: ['CHAT_MESSAGE'], handler: ${handler} } }),
})
`
}
