import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestServer, type TestServer } from '../../src/testing.ts'

/** A certificate for localhost that nobody trusts and that opens nothing. */
const fixture = (name: string) => fileURLToPath(new URL(`../support/tls/${name}`, import.meta.url))
const ca = readFileSync(fixture('cert.pem'))

let dir: string
let server: TestServer
beforeAll(async () => {
  // A checkout gives files whatever rights the umask leaves; a key must be closed.
  dir = mkdtempSync(join(tmpdir(), 'secure-chat-tls-'))
  copyFileSync(fixture('key.pem'), join(dir, 'key.pem'))
  chmodSync(join(dir, 'key.pem'), 0o600)
  server = await startTestServer({
    settings: { tlsCert: fixture('cert.pem'), tlsKey: join(dir, 'key.pem') },
  })
})
afterAll(async () => {
  await server.close()
  rmSync(dir, { recursive: true, force: true })
})

function livez(options: object): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(`${server.url}/livez`, { agent: false, ca, ...options }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).once('error', reject)
  })
}

test('serves over TLS by the given certificate and says so in its URL', async () => {
  expect(server.url).toMatch(/^https:\/\//)
  expect(await livez({})).toBe(200)
  await expect(livez({ ca: [] })).rejects.toThrow(/self-signed/)
})

test('refuses TLS below 1.2', async () => {
  await expect(
    livez({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
  ).rejects.toThrow()
})
