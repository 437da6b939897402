import { createHash, randomBytes } from 'node:crypto'
import type { Fingerprint, UserName } from '@secure-chat/protocol'
import type { Session, UserDatabase } from '../../../server/index.ts'
import type { DatabaseUnderTest, OpenDatabase } from '../database-under-test.ts'

import { afterAll, beforeAll } from '../suite.ts'

export { codeOf, newUser, runs } from '../queue-rules/kit.ts'

/** 2026-09-21, a time like those in the vectors. */
export const now = 1_790_000_000_000

export function newFingerprint(): Fingerprint {
  return randomBytes(32).toString('hex') as Fingerprint
}

/** What registration stores. */
export function account(name: UserName) {
  return {
    name,
    passwordHash: `$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$${name}`,
    publicKey: `-----BEGIN PUBLIC KEY-----\n${name}\n-----END PUBLIC KEY-----\n`,
    fingerprint: newFingerprint(),
    createdAt: now,
  }
}

export function session(user: UserName, more: Partial<Session> = {}): Session {
  return {
    sidHash: createHash('sha256').update(randomBytes(16)).digest('hex'),
    user,
    secretId: 'secret-1',
    createdAt: now,
    lastUsedAt: now,
    expiresAt: now + 1000,
    client: 'suite/1.0 (日本; "quoted")',
    ...more,
  }
}

export interface SharedDatabase {
  readonly database: UserDatabase
  /** Registers users with these names. */
  users(...names: UserName[]): Promise<void>
}

/** One open database for the tests of a block: they keep apart by user names. */
export function sharedDatabase(open: OpenDatabase): SharedDatabase {
  let opened: DatabaseUnderTest | undefined
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(async () => {
    await opened?.close()
  })
  const present = (): UserDatabase => {
    if (!opened) throw new Error('The database is open only while tests run.')
    return opened.database
  }
  return {
    get database() {
      return present()
    },
    async users(...names) {
      await Promise.all(names.map((name) => present().users.create(account(name))))
    },
  }
}
