import { hkdfSync, randomBytes } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { makeSessionKeys } from '../../../src/domain/sessions/session-keys.ts'

test('derives K as HKDF-SHA256 of the session secret', () => {
  const secret = randomBytes(40)
  const sid = randomBytes(16)
  const info = Buffer.concat([Buffer.from('secure-chat/1 session\n'), sid])
  const expected = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info, 32))
  const [made] = makeSessionKeys([secret]).secrets
  expect(made?.deriveKey(sid)).toEqual(expected)
})

test('makes new sessions under the first secret and still derives under the others', () => {
  const [newest, older] = [randomBytes(32), randomBytes(32)]
  const keys = makeSessionKeys([newest, older])
  const session = keys.make()
  expect(session.secretId).toBe(keys.secrets[0]?.id)
  expect(session.key).toEqual(keys.secrets[0]?.deriveKey(session.sid))
  expect(keys.secrets[1]?.deriveKey(session.sid)).not.toEqual(session.key)
  expect(makeSessionKeys([older]).secrets[0]?.id).toBe(keys.secrets[1]?.id)
})

test('tells nothing of a secret in its id', () => {
  const secret = randomBytes(32)
  const [made] = makeSessionKeys([secret]).secrets
  expect(made?.id).toMatch(/^[0-9a-f]{16}$/)
  expect(secret.toString('hex')).not.toContain(made?.id)
})
