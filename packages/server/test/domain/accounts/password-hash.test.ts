import { expect, test } from '@jest/globals'
import {
  hashPassword,
  isOutdated,
  verifyPassword,
} from '../../../src/domain/accounts/password-hash.ts'

test('keeps a password as a PHC string of argon2id with a salt of its own', async () => {
  const [one, two] = [await hashPassword('Grüße, 世界!'), await hashPassword('Grüße, 世界!')]
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(two).not.toBe(one)
  expect(await verifyPassword(one, 'Grüße, 世界!')).toBe(true)
  expect(await verifyPassword(one, 'Grüße, 世界')).toBe(false)
})

test('takes hashes of other makers of argon2id', async () => {
  // argon2 reference implementation: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32
  const known =
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  expect(await verifyPassword(known, 'password')).toBe(true)
})

test('calls a hash of weaker parameters outdated, a stronger one not', async () => {
  const cheap = await hashPassword('x', { memoryKiB: 64, passes: 1, parallelism: 1 })
  expect(isOutdated(cheap)).toBe(true)
  expect(isOutdated(cheap, { memoryKiB: 64, passes: 1, parallelism: 1 })).toBe(false)
})

test('treats what is no PHC string as a fault, not as a wrong password', async () => {
  await expect(verifyPassword('plain', 'plain')).rejects.toThrow(TypeError)
})
