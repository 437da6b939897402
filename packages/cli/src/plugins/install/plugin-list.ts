/** Changes of oclif's list of plugins: written whole or not at all, what others put into the file is kept. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ChatError } from '@secure-chat/protocol/errors'
import { type InstalledPlugin, membersOf, readList } from '../installed.ts'

/** Work on the files that the list names, while no other process changes either. */
export type FileWork = {
  /** Called when nothing else can fail any more; if it throws, the list is as it was. */
  readonly putInPlace?: () => void
  /** Called when the list is written: what it does not name any more may go. */
  readonly clearAway?: () => void
}

/**
 * Puts it at the end, or where one of its name was: an update does not change the order of the chain.
 *
 * @throws ChatError file_damaged
 */
export function addToList(dataDir: string, plugin: InstalledPlugin, work: FileWork = {}): void {
  const add = (entries: Entry[]) => {
    const at = entries.findIndex(({ name }) => name === plugin.name)
    return at === -1 ? [...entries, { ...plugin }] : entries.toSpliced(at, 1, { ...plugin })
  }
  changeList(dataDir, add, work)
}

export function removeFromList(dataDir: string, name: string, work: FileWork = {}): void {
  const remove = (entries: Entry[]) => entries.filter((entry) => entry.name !== name)
  changeList(dataDir, remove, work)
}

type Entry = Record<string, unknown>

function changeList(
  dataDir: string,
  change: (entries: Entry[]) => Entry[],
  { putInPlace, clearAway }: FileWork,
): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, 'package.json')
  const fresh = `${path}.${process.pid}.new`
  const unlock = lock(dataDir)
  try {
    const file = membersOf(readList(path))
    const oclif = membersOf(file.oclif)
    const next = {
      private: true,
      ...file,
      oclif: { schema: 1, ...oclif, plugins: change(entriesOf(oclif.plugins)) },
    }
    // Out on the disk before it takes the name: a power cut leaves the old list or the new one.
    writeFileSync(fresh, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600, flush: true })
    putInPlace?.()
    renameSync(fresh, path)
    clearAway?.()
  } finally {
    rmSync(fresh, { force: true })
    unlock()
  }
}

function entriesOf(plugins: unknown): Entry[] {
  if (!Array.isArray(plugins)) return []
  return plugins.map((entry) => membersOf(typeof entry === 'string' ? { name: entry } : entry))
}

const patienceMs = 10_000

/** One process at a time. SQLite's lock, since it ends with its process, however that ends; nothing is kept in the file. */
function lock(dataDir: string): () => void {
  const path = join(dataDir, 'plugins.lock')
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: patienceMs })
    database.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    database?.close()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ChatError('file_unreadable', `${path} cannot be locked: ${reason}.`, { cause })
  }
  return () => database.close()
}
