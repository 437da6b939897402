import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parseUserName } from '@secure-chat/protocol'
import { makeCredentials } from '../../../src/domain/accounts/credentials.ts'
import {
  hashPassword,
  isOutdated,
  verifyPassword,
} from '../../../src/domain/accounts/password-hash.ts'
import { makeSignInLimits } from '../../../src/domain/accounts/sign-in-limits.ts'
import { systemClock } from '../../../src/ops/system-clock.ts'
import { silentLog } from '../../../src/ports/index.ts'
import { startTestServer, type TestServer } from '../../../src/testing.ts'
import { goodPassword, login, register } from '../../support/account.ts'

const weaker = { memoryKiB: 8192, passes: 1, parallelism: 1 }

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

async function withWeakHash(name: string) {
  const { users } = server.engines.database
  await register(server.url, name)
  const user = parseUserName(name)
  const present = (await users.find(user))?.passwordHash ?? ''
  await users.setPasswordHash(user, await hashPassword(goodPassword, weaker), present)
  return { users, name: user }
}

test('a hash of weaker parameters is made anew at the next right password, and not at a wrong one', async () => {
  const { users, name } = await withWeakHash('alice')
  await login(server.url, name, { password: 'not the password' }).catch(() => {})
  expect(isOutdated((await users.find(name))?.passwordHash ?? '')).toBe(true)
  await login(server.url, name)
  const hash = (await users.find(name))?.passwordHash ?? ''
  expect(isOutdated(hash)).toBe(false)
  expect(await verifyPassword(hash, goodPassword)).toBe(true)
  await login(server.url, name)
})

test('a password changed while the old one is hashed anew stays the new one', async () => {
  const { users, name } = await withWeakHash('bob')
  const changed = await hashPassword('the new password', weaker)
  const credentials = makeCredentials({
    users,
    passwords: {
      refuseCommon: () => {},
      verify: (hash, password) => verifyPassword(hash ?? '', password),
      isOutdated: () => true,
      async hash(password) {
        await users.setPasswordHash(name, changed, (await users.find(name))?.passwordHash ?? '')
        return hashPassword(password)
      },
    },
    limits: makeSignInLimits({
      clock: systemClock,
      settings: { isOn: false, failures: 5, failuresPerAddress: 20, failuresPerAccount: 100 },
    }),
    log: silentLog,
  })
  await credentials.check(name, goodPassword, '127.0.0.1')
  expect((await users.find(name))?.passwordHash).toBe(changed)
})
