import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder with packages of plugins, outside of the repository as a stranger's are. */
export interface PackageFolder {
  readonly path: string
  /** Writes `node_modules/<name>`, or the folder itself for a name that is a path. */
  add(name: string, o: { manifest?: object; module?: string; file?: string }): void
  remove(): void
}

/** The smallest plugin, as text of a module. */
export const smallestModule = (name: string) => `export default {
  name: '${name}', apiVersion: 1, capabilities: ['onSignedIn'], create: () => ({ onSignedIn() {} }),
}`

export function makePackageFolder(): PackageFolder {
  const path = mkdtempSync(join(tmpdir(), 'secure-chat-plugins-'))
  return {
    path,
    add(name, { manifest = {}, module, file = 'server.js' }) {
      const folder = name.startsWith('.') ? join(path, name) : join(path, 'node_modules', name)
      mkdirSync(folder, { recursive: true })
      const content = {
        name,
        version: '1.2.3',
        type: 'module',
        secureChat: { api: '^1', server: `./${file}` },
        ...manifest,
      }
      writeFileSync(join(folder, 'package.json'), JSON.stringify(content))
      if (module !== undefined) writeFileSync(join(folder, file), module)
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
