import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  exportIdentity,
  generateIdentity,
  identityFromPkcs8,
  identityToPkcs8,
  importIdentity,
} from '../../src/index.ts'
import { alice } from '../fixtures/people.ts'
import { refusalOf } from '../fixtures/refusal.ts'

/** Where openssl is missing the test is skipped and counted as such; CI insists. */
const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const testWithOpenssl = hasOpenssl || process.env.REQUIRE_SERVICES ? test : test.skip

const passphrase = 'Grüße, 漢字 & co'

test('a new identity has 3,072 bits, e = 65537 and survives the vault', async () => {
  const identity = await generateIdentity()
  expect(identity.publicKey.asymmetricKeyDetails).toEqual({
    modulusLength: 3072,
    publicExponent: 65537n,
  })
  const restored = identityFromPkcs8(identityToPkcs8(identity))
  expect(restored.fingerprint).toBe(identity.fingerprint)
}, 60_000)

test('a new identity of fewer bits than the gate asks for is refused', async () => {
  expect(await refusalOf(() => generateIdentity(1024))).toBe('weak_key')
})

test('the vault form opens from DER too, and nothing else does', async () => {
  const der = alice.identity.privateKey.export({ format: 'der', type: 'pkcs8' })
  expect(identityFromPkcs8(der).fingerprint).toBe(alice.identity.fingerprint)
  for (const other of ['', alice.identity.publicPem, Buffer.alloc(0), alice.identity.spki]) {
    expect(await refusalOf(() => identityFromPkcs8(other))).toBe('invalid_key_file')
  }
})

describe.each(['pkcs8', 'pkcs12'] as const)('an exported %s file', (format) => {
  const file = exportIdentity(alice.identity, { format, passphrase, name: 'alice' })

  test('comes in again with its passphrase', async () => {
    expect(importIdentity(file, passphrase).fingerprint).toBe(alice.identity.fingerprint)
    expect(await refusalOf(() => importIdentity(file, 'wrong'))).toBe('wrong_passphrase')
    expect(await refusalOf(() => importIdentity(file))).toBe('wrong_passphrase: missing')
  })

  test('holds nothing of the key in the clear', () => {
    const { privateKey } = alice.identity
    const secret = Buffer.from(String(privateKey.export({ format: 'jwk' }).d), 'base64url')
    const raw =
      format === 'pkcs8'
        ? Buffer.from(file.toString().replace(/-----.*-----/g, ''), 'base64')
        : file
    expect(raw.includes(secret.subarray(0, 16))).toBe(false)
  })

  testWithOpenssl('opens with openssl', () => {
    const folder = mkdtempSync(join(tmpdir(), 'e2ee-'))
    try {
      writeFileSync(join(folder, 'file'), file)
      writeFileSync(join(folder, 'pass'), `${passphrase}\n`)
      const how = format === 'pkcs8' ? ['pkey'] : ['pkcs12', '-nodes', '-nocerts']
      const opened = execFileSync('openssl', [...how, '-in', 'file', '-passin', 'file:pass'], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'ignore'],
      }).toString()
      expect(importIdentity(Buffer.from(opened)).fingerprint).toBe(alice.identity.fingerprint)
      if (format === 'pkcs12') expect(opened).toContain('friendlyName: alice')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
