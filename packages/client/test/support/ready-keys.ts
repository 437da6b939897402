import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  generateIdentity,
  type Identity,
  identityFromPkcs8,
  identityToPkcs8,
} from '@secure-chat/e2ee'

/** Of the run, as `scripts/run-tests.ts` sets it. */
const run = process.env.SECURE_CHAT_TEST_SERVICES ?? join(tmpdir(), 'secure-chat-test-keys')
let count = 0

/**
 * A key of 2,048 bits, another one with each call in a test file. Files of a run share them: making one takes a fifth
 * of a second of a core, and who has which matters to no test.
 */
export async function readyIdentity(): Promise<Identity> {
  const folder = join(run, 'keys')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  count += 1
  const path = join(folder, `${count}.pem`)
  if (!existsSync(path)) await make(path)
  return identityFromPkcs8(readFileSync(path, 'utf8'))
}

/** Several test files may ask at once: the first that is done gives it its name, whole. */
async function make(path: string): Promise<void> {
  const fresh = `${path}.${process.pid}`
  writeFileSync(fresh, identityToPkcs8(await generateIdentity(2048)), { mode: 0o600 })
  try {
    linkSync(fresh, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(fresh)
  }
}
