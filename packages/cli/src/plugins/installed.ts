/** What is installed: oclif's own list, `oclif.plugins` of the package.json in the data folder, in order of installing. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ChatError } from '@secure-chat/protocol/errors'
import { goOnWithout } from './go-on-without.ts'

/** `user`: installed into the data folder. `link`: a folder of its author's, used where it is. */
export type InstalledPlugin = {
  readonly name: string
  readonly type: 'user' | 'link'
  /** The package's folder. */
  readonly root: string
  readonly tag: string | undefined
  readonly url: string | undefined
  /** What npm was told to install; the next update is told the same. */
  readonly spec: string | undefined
  /** Of the package's file. */
  readonly integrity: string | undefined
  /** Installed with the hash given: an update would be another package. */
  readonly isPinned: boolean
}

/** Empty when nothing was ever installed. @throws ChatError file_damaged */
export function readInstalled(dataDir: string): InstalledPlugin[] {
  const path = join(dataDir, 'package.json')
  const list = membersOf(membersOf(readList(path)).oclif).plugins
  return Array.isArray(list) ? list.flatMap((entry) => installedPlugin(entry, dataDir)) : []
}

function installedPlugin(entry: unknown, dataDir: string): InstalledPlugin[] {
  const members = membersOf(typeof entry === 'string' ? { name: entry } : entry)
  const { name, type, root } = members
  if (typeof name !== 'string') return []
  const text = (member: string) => {
    const value = members[member]
    return typeof value === 'string' ? value : undefined
  }
  const isLink = type === 'link' && typeof root === 'string'
  // oclif's own place for those that have none of their own.
  const folder = text('root') ?? join('node_modules', name)
  return [
    {
      name,
      type: isLink ? 'link' : 'user',
      root: resolve(dataDir, folder),
      tag: text('tag'),
      url: text('url'),
      spec: text('spec'),
      integrity: text('integrity'),
      isPinned: members.isPinned === true,
    },
  ]
}

/** The file as it is; undefined where there is none. @throws ChatError file_damaged */
export function readList(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    if (Object(cause).code === 'ENOENT') return undefined
    throw new ChatError('file_damaged', `The list of plugins cannot be read: ${path}.`, {
      cause,
      suggestions: [goOnWithout, 'Remove the file, then install your plugins again.'],
    })
  }
}

/** A JSON value's members, or none. */
export function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
