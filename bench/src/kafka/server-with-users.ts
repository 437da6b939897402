/**
 * A server that starts with its users signed in and their mailboxes made, through the ports: what is measured is what
 * comes after, and a thousand password hashes would take longer than that.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity } from '@secure-chat/e2ee'
import { parsePublicKey, type UserName } from '@secure-chat/protocol'
import { loadConfig, type Settings } from '../../../packages/server/src/config.ts'
import { hashPassword } from '../../../packages/server/src/domain/accounts/password-hash.ts'
import { makeSessionKeys } from '../../../packages/server/src/domain/sessions/session-keys.ts'
import { expiryOf } from '../../../packages/server/src/domain/sessions/session-life.ts'
import { openDatabase, openQueue } from '../../../packages/server/src/engines.ts'
import { systemClock } from '../../../packages/server/src/ops/system-clock.ts'
import { silentLog } from '../../../packages/server/src/ports/index.ts'
import type { LoadAccount } from '../load/accounts.ts'
import { type RunningServer, startSecureChat } from '../load/processes.ts'
import { createMailboxes } from './services.ts'

export type ServerWithUsers = RunningServer & { readonly accounts: readonly LoadAccount[] }

/** `env` names the engines; `startsWith` is what the server is told otherwise than who fills them, as a driver of a plugin. */
export async function startServerWithUsers(
  count: number,
  env: Readonly<Record<string, string>>,
  startsWith: Readonly<Record<string, string>> = {},
): Promise<ServerWithUsers> {
  const folder = mkdtempSync(join(tmpdir(), 'secure-chat-bench-'))
  const secret = randomBytes(32).toString('base64url')
  const whole = { ...env, DATA_DIR: folder, SESSION_SECRET: secret }
  const settings = await loadConfig(whole, folder)
  const names = Array.from(
    { length: count },
    (_, index) => `user${String(index).padStart(4, '0')}` as UserName,
  )
  const accounts = await putUsers(settings, names)
  const queue = await openQueue(settings, { clock: systemClock, log: silentLog })
  try {
    await createMailboxes(queue, names)
  } finally {
    await queue.close()
  }
  const server = await startSecureChat({ ...whole, ...startsWith })
  return {
    ...server,
    accounts,
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function putUsers(settings: Settings, names: readonly UserName[]): Promise<LoadAccount[]> {
  const { publicPem } = await generateIdentity(2048)
  const { pem: publicKey, fingerprint } = parsePublicKey(publicPem)
  const passwordHash = await hashPassword('bench only, not a secret')
  const keys = makeSessionKeys(settings.sessionSecrets ?? [])
  const now = Date.now()
  const sessions = names.map((user) => ({ user, ...keys.make() }))
  const database = await openDatabase(settings, { clock: systemClock, log: silentLog })
  try {
    const tables = database.transfer?.tables
    if (tables === undefined) throw new Error('The database takes no rows')
    await tables.users.put(
      names.map((name) => ({
        name,
        passwordHash,
        publicKey,
        fingerprint,
        seq: 0,
        changedAt: now,
        createdAt: now,
        isSuspended: false,
      })),
    )
    await tables.sessions.put(
      sessions.map(({ user, sid, secretId }) => ({
        sidHash: createHash('sha256').update(sid).digest('hex'),
        user,
        secretId,
        createdAt: now,
        lastUsedAt: now,
        expiresAt: expiryOf(now, now),
        client: 'bench',
      })),
    )
  } finally {
    await database.close()
  }
  return sessions.map(({ user, sid, key }) => ({ name: user, sid, key }))
}
