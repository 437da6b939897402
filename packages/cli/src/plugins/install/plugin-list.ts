/** Changes of oclif's list of plugins: written whole or not at all, what others put into the file is kept. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type InstalledPlugin, membersOf } from '../installed.ts'

/** Puts it at the end, or where one of its name was: an update does not change the order of the chain. */
export function addToList(dataDir: string, plugin: InstalledPlugin): void {
  changeList(dataDir, (entries) => {
    const at = entries.findIndex(({ name }) => name === plugin.name)
    return at === -1 ? [...entries, { ...plugin }] : entries.toSpliced(at, 1, { ...plugin })
  })
}

export function removeFromList(dataDir: string, name: string): void {
  changeList(dataDir, (entries) => entries.filter((entry) => entry.name !== name))
}

type Entry = Record<string, unknown>

function changeList(dataDir: string, change: (entries: Entry[]) => Entry[]): void {
  const path = join(dataDir, 'package.json')
  const file = readFile(path)
  const oclif = membersOf(file.oclif)
  const entries = Array.isArray(oclif.plugins)
    ? oclif.plugins.map((entry) => membersOf(typeof entry === 'string' ? { name: entry } : entry))
    : []
  const next = {
    private: true,
    ...file,
    oclif: { schema: 1, ...oclif, plugins: change(entries) },
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const fresh = `${path}.${process.pid}.new`
  writeFileSync(fresh, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 })
  renameSync(fresh, path)
}

function readFile(path: string): Record<string, unknown> {
  try {
    return membersOf(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}
