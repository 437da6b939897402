import { randomUUID } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { UsageError } from './usage-error.ts'

/** Path within the folder → text. */
export type Files = ReadonlyMap<string, string>

/** A repository that has just been made or cloned holds nothing else. */
const git = '.git'

/** @throws UsageError where something is there already */
export function checkFolder(folder: string): void {
  if (!existsSync(folder)) return
  if (!statSync(folder).isDirectory()) {
    throw new UsageError(`${folder} is a file. ${another}`, 1)
  }
  if (readdirSync(folder).some((entry) => entry !== git)) {
    throw new UsageError(`${folder} is not empty, and nothing was written. ${another}`, 1)
  }
}

const another = 'Give another folder: --dir FOLDER'

/**
 * All or nothing: the files are written beside the folder and then take its place.
 *
 * @throws UsageError, or the file system's own errors; nothing is left then
 */
export function writeFolder(folder: string, files: Files): void {
  const parent = dirname(folder)
  const made = mkdirSync(parent, { recursive: true })
  const beside = join(parent, `.${basename(folder)}-${randomUUID()}`)
  try {
    for (const [path, text] of files) {
      mkdirSync(dirname(join(beside, path)), { recursive: true })
      writeFileSync(join(beside, path), text)
    }
    checkFolder(folder)
    if (existsSync(folder)) moveInto(folder, beside)
    else renameSync(beside, folder)
  } catch (error) {
    rmSync(beside, { recursive: true, force: true })
    if (made !== undefined) removeEmpty(parent, made)
    throw error
  }
  rmSync(beside, { recursive: true, force: true })
}

/** From a folder up to one above it, as long as nobody else has put something there meanwhile. */
function removeEmpty(folder: string, last: string): void {
  try {
    for (let each = folder; ; each = dirname(each)) {
      rmdirSync(each)
      if (each === last) return
    }
  } catch {
    // It holds what is another's: it stays, and so does what is above it.
  }
}

/** An empty folder stays the same one: a shell may stand in it, and a repository may lie in it. */
function moveInto(folder: string, beside: string): void {
  const moved: string[] = []
  try {
    for (const entry of readdirSync(beside)) {
      renameSync(join(beside, entry), join(folder, entry))
      moved.push(join(folder, entry))
    }
  } catch (error) {
    for (const path of moved) rmSync(path, { recursive: true, force: true })
    throw error
  }
}
