import { randomBytes } from 'node:crypto'
import { jest } from '@jest/globals'
import { readWrappedKey, unwrapVaultKey, wrapVaultKey } from '../../src/vault/vault-key.ts'

jest.setTimeout(60_000)
const key = randomBytes(32)
const wrapped = await wrapVaultKey(key, 'pässword ☂ of any characters')

test('opens with the passphrase it was wrapped under', async () => {
  const stored = readWrappedKey(JSON.stringify(wrapped))
  expect(await unwrapVaultKey(stored, 'pässword ☂ of any characters')).toEqual(key)
})

test('costs at least what RFC 9106 recommends second: argon2id, 64 MiB, 3 passes', () => {
  expect(wrapped).toMatchObject({ kdf: 'argon2id', memoryKib: 65_536, passes: 3 })
})

test.each(['password', '', 'pässword ☂ of any characters '])(
  'is not opened by %j',
  async (other) => {
    await expect(unwrapVaultKey(wrapped, other)).rejects.toMatchObject({ code: 'wrong_passphrase' })
  },
)

test('tells damage from a wrong passphrase, before a costly derivation', () => {
  for (const [name, value] of Object.entries({ ...wrapped, v: 2, kdf: 'scrypt', passes: 1 })) {
    const changed = typeof value === 'string' ? `${value.slice(0, -2)}AA` : value + 1
    const text = JSON.stringify({ ...wrapped, [name]: changed })
    expect(() => readWrappedKey(text)).toThrow(expect.objectContaining({ code: 'file_damaged' }))
  }
  for (const text of ['', '{', 'null', '[]', '{"v":1}']) {
    expect(() => readWrappedKey(text)).toThrow(expect.objectContaining({ code: 'file_damaged' }))
  }
})
