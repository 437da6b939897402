import { existsSync, readdirSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ChatError } from '@secure-chat/protocol'
import { onFile } from './permissions.ts'

/**
 * Renames a damaged file (SQLite's companions with it) so that it can be looked into or repaired, and
 * nothing ever writes over it. @returns the error to throw, which says where it went.
 */
export function setAside(path: string, now: number, cause: unknown): ChatError {
  const stamp = new Date(now).toISOString().replaceAll(/[-:]/g, '').replace(/\..*/, 'Z')
  const aside = unused(`${path}.damaged-${stamp}`)
  for (const end of ['', '-wal', '-shm']) {
    if (existsSync(path + end)) onFile(path, () => renameSync(path + end, aside + end))
  }
  return new ChatError(
    'file_damaged',
    `The profile's vault ${path} is damaged and cannot be read; it was moved to ${aside} and nothing in it was changed. Put back a backup of it, or sign in again with your exported key (\`keys import\`, then \`login\`).`,
    { cause, members: { moved_to: aside } },
  )
}

/** The file most lately set aside from this path. */
export function newestSetAside(path: string): string | undefined {
  const folder = dirname(path)
  if (!existsSync(folder)) return undefined
  const name = readdirSync(folder)
    .filter((each) => each.startsWith(`${basename(path)}.damaged-`) && !/-(?:wal|shm)$/.test(each))
    .sort()
    .at(-1)
  return name === undefined ? undefined : join(folder, name)
}

function unused(path: string): string {
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? path : `${path}-${count}`
    if (!existsSync(candidate)) return candidate
  }
}
