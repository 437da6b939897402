import { readFileSync } from 'node:fs'
import { importIdentity } from '../../src/index.ts'
import { refusalOf } from '../fixtures/refusal.ts'

// Made by openssl: see make_vectors.py.
const vector = JSON.parse(readFileSync(new URL('./key-files.json', import.meta.url), 'utf8'))
const bytesOf = (base64: string) => Buffer.from(base64, 'base64')
const files = Object.entries<string>(vector.files)
const isEncrypted = (label: string) => /encrypted PKCS#8|legacy|PKCS#12/.test(label)

test.each(files)('opens %s', (_, base64) => {
  expect(importIdentity(bytesOf(base64), vector.passphrase).fingerprint).toBe(vector.fingerprint)
})

test.each(files.filter(([label]) => !isEncrypted(label)))('opens %s without a passphrase', (_, base64) => {
  expect(importIdentity(bytesOf(base64)).fingerprint).toBe(vector.fingerprint)
})

test.each(
  files.filter(([label]) => isEncrypted(label)),
)('tells a wrong passphrase from none for %s', async (_, base64) => {
  expect(await refusalOf(() => importIdentity(bytesOf(base64), 'wrong'))).toBe('wrong_passphrase')
  expect(await refusalOf(() => importIdentity(bytesOf(base64)))).toBe('wrong_passphrase: missing')
})

test('names a cipher that is not supported any more instead of blaming the passphrase', async () => {
  const open = () => importIdentity(bytesOf(vector.unsupported), vector.passphrase)
  expect(await refusalOf(open)).toBe('invalid_key_file')
  expect(open).toThrow(/openssl pkcs8 -topk8/)
})

test.each(Object.entries<string>(vector.invalid))('refuses %s', async (_, base64) => {
  expect(await refusalOf(() => importIdentity(bytesOf(base64)))).toBe('invalid_key_file')
})

test.each(Object.entries<string>(vector.weak))('refuses %s', async (_, base64) => {
  expect(await refusalOf(() => importIdentity(bytesOf(base64)))).toBe('weak_key')
})
