import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { ChatError } from '@secure-chat/protocol'
import { invalid, refuseOpenFile, systemCodeOf } from './sources.ts'

/** Its name in the data folder. */
const sessionSecretFile = 'session-secret'

/**
 * The session secret of a server that was given none: made once in the data folder, 0600, and
 * read by every later start and by the admin commands.
 */
export function openSessionSecret(dataDir: string): Buffer[] {
  const path = join(dataDir, sessionSecretFile)
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw unwritable(path, cause)
  }
  create(path)
  return read(path)
}

/** The one that a server made in its data folder; undefined when there is none. */
export function readSessionSecret(dataDir: string): Buffer[] | undefined {
  const path = join(dataDir, sessionSecretFile)
  return existsSync(path) ? read(path) : undefined
}

/** Gives another data folder, which must not have one, the secret of this one, if there is one. */
export function copySessionSecret(from: string, to: string): void {
  if (!existsSync(join(from, sessionSecretFile))) return
  const copy = join(to, sessionSecretFile)
  try {
    mkdirSync(to, { recursive: true, mode: 0o700 })
    copyFileSync(join(from, sessionSecretFile), copy, constants.COPYFILE_EXCL)
  } catch (cause) {
    throw unwritable(copy, cause)
  }
}

function read(path: string): Buffer[] {
  refuseOpenFile(path, 'SESSION_SECRET is kept in the data folder; its file')
  const secrets = readFileSync(path, 'utf8')
    .trim()
    .split(',')
    .map((part) => Buffer.from(part.trim(), 'base64url'))
  if (secrets.some((secret) => secret.length < 32)) {
    throw invalid(
      `${path} does not hold a session secret of 32 bytes or more. Restore it from a backup, or remove it: a new one is made and everybody signs in again.`,
    )
  }
  return secrets
}

/**
 * Written whole under another name and then linked, which fails when the name is taken: of two servers that
 * start at once on one folder both read the same, and a full disk or a crash leaves no half of a secret.
 */
function create(path: string): void {
  if (existsSync(path)) return
  const draft = `${path}.${process.pid}`
  try {
    const file = openSync(draft, 'w', 0o600)
    try {
      writeSync(file, `${randomBytes(32).toString('base64url')}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    linkSync(draft, path)
  } catch (cause) {
    if (systemCodeOf(cause) !== 'EEXIST') throw unwritable(path, cause)
  } finally {
    rmSync(draft, { force: true })
  }
}

function unwritable(path: string, cause: unknown): ChatError {
  const code = systemCodeOf(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ChatError(
      'disk_full',
      `The disk that holds ${path} is full. Free some space and try again.`,
      { cause },
    )
  }
  return invalid(
    `The data folder cannot be written: ${path}. Give another one. Example: DATA_DIR=./data`,
    cause,
  )
}
