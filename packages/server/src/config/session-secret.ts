import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { invalid, refuseOpenFile, systemCodeOf } from './sources.ts'

/** Its name in the data folder. */
export const sessionSecretFile = 'session-secret'

/**
 * The session secret of a server that was given none: made once in the data folder, 0600, and
 * read by every later start and by the admin commands.
 */
export function openSessionSecret(dataDir: string): Buffer[] {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, sessionSecretFile)
  create(path)
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

/** `wx`: of two servers that start at once on one folder, one makes it and both read the same. */
function create(path: string): void {
  let file: number
  try {
    file = openSync(path, 'wx', 0o600)
  } catch (cause) {
    if (systemCodeOf(cause) === 'EEXIST') return
    throw invalid(
      `The data folder cannot be written: ${path}. Give another one. Example: DATA_DIR=./data`,
      cause,
    )
  }
  writeSync(file, `${randomBytes(32).toString('base64url')}\n`)
  fsyncSync(file)
  closeSync(file)
}
