/**
 * The commands of a plugin without loading its code. A plugin may ship the list (`oclif.manifest.json`); of others it is
 * made once, by loading every command, and kept in the cache folder until a file of the plugin's commands changes.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Manifest, PJSON } from '@oclif/core/interfaces'

export type ManifestSource = {
  readonly root: string
  readonly pjson: PJSON
  /** Loads the plugin's own list, or makes one by loading all its commands. */
  readonly make: () => Promise<Manifest>
}

export async function cachedManifest(
  { root, pjson, make }: ManifestSource,
  cacheDir: string,
): Promise<Manifest> {
  const { commands } = pjson.oclif
  if (commands === undefined) return { commands: {}, version: pjson.version }
  if (ownNames.some((name) => existsSync(join(root, name)))) return make()
  const target = typeof commands === 'string' ? commands : commands.target
  const stamp = `${pjson.version} ${stampOf(join(root, target))}`
  // The name of the folder stands in the file, so that no other folder's list can be taken for it.
  const path = join(cacheDir, 'plugin-commands', `${encodeURIComponent(root).slice(-180)}.json`)
  const known = readKept(path)
  if (known?.root === root && known.stamp === stamp) return known.manifest
  const manifest = await make()
  keep(path, { root, stamp, manifest })
  return manifest
}

const ownNames = ['oclif.manifest.json', '.oclif.manifest.json']

type Kept = { readonly root: string; readonly stamp: string; readonly manifest: Manifest }

/** Changes when a file comes, goes or is written. */
function stampOf(path: string): string {
  if (!existsSync(path)) return 'none'
  if (!statSync(path).isDirectory()) return fileStamp(path)
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => `${file.slice(path.length)} ${fileStamp(file)}`)
    .join(' ')
}

function fileStamp(path: string): string {
  const { mtimeMs, size } = statSync(path)
  return `${mtimeMs} ${size}`
}

function readKept(path: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** A cache that cannot be written costs time at the next start, and nothing else. */
function keep(path: string, kept: Kept): void {
  try {
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
    const fresh = `${path}.${process.pid}.new`
    writeFileSync(fresh, JSON.stringify(kept), { mode: 0o600 })
    renameSync(fresh, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}
