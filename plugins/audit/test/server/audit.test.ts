import { generateKeyPairSync, hash } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import {
  conformance,
  type ServerPluginTest,
  testServerPlugin,
} from '@secure-chat/plugin-sdk/testing'
import type { Entry } from '../../src/format/entry.ts'
import audit from '../../src/server.ts'
import type { Caller } from '../../src/verify/read-log.ts'
import { verifyLog } from '../../src/verify/verify-log.ts'

// Each test starts a whole server.
jest.setTimeout(60_000)

const auditors = ['Carol', 'carol-2', 'carol-3', 'carol-4', 'carol-5']
const users = ['alice', 'bob', 'carol']
const dayMs = 86_400_000

let chat: ServerPluginTest | undefined
const folders: string[] = []
afterEach(async () => {
  await chat?.close()
  chat = undefined
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

async function start(config: object = {}): Promise<ServerPluginTest> {
  chat = await testServerPlugin(audit, { auditors, ...config }, { users })
  return chat
}

const auditorsOf = new WeakMap<ServerPluginTest, string>()
const auditorOf = (test: ServerPluginTest) => auditorsOf.get(test) ?? 'carol'

/** Over the same data again. The kit's users have new keys at every start, so they are others. */
async function restart(
  dataDir: string,
  time: number,
  config: object = {},
): Promise<ServerPluginTest> {
  const others = users.map((name) => `${name}-${time}`)
  const settings = { dataDir }
  chat = await testServerPlugin(audit, { auditors, ...config }, { users: others, settings })
  auditorsOf.set(chat, `carol-${time}`)
  return chat
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'secure-chat-audit-'))
  folders.push(made)
  return made
}

function as(test: ServerPluginTest): Caller {
  return {
    async call(method, path) {
      const { status, body } = await test.call(method, path, { as: auditorOf(test) })
      if (status !== 200) throw new Error(JSON.stringify(body))
      return body
    },
  }
}

const verify = (test: ServerPluginTest, options = {}) =>
  verifyLog(as(test), { now: () => test.clock.now(), ...options })

async function entriesOf(test: ServerPluginTest): Promise<Entry[]> {
  const entries: Entry[] = []
  const { chains } = Object(await as(test).call('GET', '/plugins/audit/chains'))
  for (const { chain } of chains) {
    const page = Object(await as(test).call('GET', `/plugins/audit/chains/${chain}`))
    entries.push(...page.entries)
  }
  return entries
}

test('records who sent what to whom when, its size and hash, and nothing of it', async () => {
  const test = await start()
  const message = 'eyJhbGciOiJkaXIi — nobody opens this'
  const sent = await test.send(message)
  const [first, second, third] = await entriesOf(test)
  expect(first).toMatchObject({ seq: 0, kind: 'start', types: ['CHAT_MESSAGE', 'KEY_EXCHANGE'] })
  expect(second).toMatchObject({ kind: 'heads', heads: [] })
  expect(third).toMatchObject({
    seq: 2,
    kind: 'envelope',
    envelope: {
      id: Object(sent).id,
      type: 'CHAT_MESSAGE',
      sender: 'alice',
      recipient: 'bob',
      timestamp: new Date(test.clock.now()).toISOString(),
      size: Buffer.byteLength(message),
      sha256: hash('sha256', message, 'hex'),
    },
  })
  expect(JSON.stringify(await test.storage.list())).not.toContain('nobody opens this')
  expect(JSON.stringify(test.logs())).not.toContain('nobody opens this')
})

test('many that are sent at once form one chain', async () => {
  const test = await start()
  await Promise.all(Array.from({ length: 40 }, (_, at) => test.send(`message ${at}`)))
  const { report } = await verify(test)
  expect(report).toMatchObject({
    valid: true,
    entries: 42,
    chains: [{ state: 'running', last: 41 }],
  })
})

test('records only the types that it was told', async () => {
  const test = await start({ types: ['KEY_EXCHANGE'] })
  await test.send('a message')
  expect(await entriesOf(test)).toEqual([])
  expect((await verify(test)).report).toMatchObject({ valid: true, entries: 0 })
})

describe('who may read', () => {
  test.each(['chains', 'chains/20261123T180000000Z-1f3a9c0b2d4e', 'checkpoint'])(
    '%s: auditors alone, whatever the case of their names',
    async (path) => {
      const test = await start()
      const asked = async (name: string | null) =>
        test.call('GET', `/plugins/audit/${path}`, { as: name })
      expect(await asked('carol')).toMatchObject({ status: 200 })
      expect(await asked('alice')).toMatchObject({ status: 403, body: { code: 'not_yours' } })
      expect(await asked(null)).toMatchObject({ status: 401 })
    },
  )

  test('nobody, unless the operator names somebody', async () => {
    const test = await start({ auditors: [] })
    expect(await test.call('GET', '/plugins/audit/chains', { as: 'carol' })).toMatchObject({
      status: 403,
    })
  })

  test.each([
    'chains?limit=1',
    'chains?limit=1001',
    'chains?limit=x',
    'chains?after=../x',
    'chains/..%2fx',
    'chains/20261123T180000000Z-1f3a9c0b2d4e?from=-1',
    'chains/20261123T180000000Z-1f3a9c0b2d4e?from=1&from=2',
  ])('%s is refused as what it is', async (path) => {
    const test = await start()
    expect(await test.call('GET', `/plugins/audit/${path}`, { as: 'carol' })).toMatchObject({
      status: 422,
      body: { code: 'invalid_request' },
    })
  })
})

test('a log of many pages reads the same whatever the size of a page', async () => {
  const test = await start()
  for (let round = 0; round < 25; round++) {
    await Promise.all(Array.from({ length: 20 }, (_, at) => test.send(`${round} ${at}`)))
  }
  const small: Caller = {
    call: (method, path) => as(test).call(method, path.replace('limit=1000', 'limit=200')),
  }
  const { report } = await verifyLog(small, { now: () => test.clock.now() })
  expect(report).toMatchObject({ valid: true, entries: 502 })
  expect(report.head).toBe((await verify(test)).report.head)
})

describe('with the database in hand', () => {
  async function blocks(test: ServerPluginTest) {
    return (await test.storage.list('block/')).map(({ key, value }) => ({
      key,
      value: value as Entry[],
    }))
  }

  test('an entry that is changed there is noticed', async () => {
    const test = await start()
    for (const text of ['one', 'two', 'three']) await test.send(text)
    await verify(test)
    const all = await blocks(test)
    const { key, value } = all.at(-1) ?? { key: '', value: [] }
    const forged = value.map((entry) => ({ ...entry, at: '2026-01-01T00:00:00.000Z' }))
    await test.storage.set(key, forged)
    expect((await verify(test)).report).toMatchObject({
      valid: false,
      broken: [{ seq: value[0]?.seq }],
    })
  })

  test('what goes from there while the server runs is noticed by its next entry', async () => {
    const test = await start()
    for (const text of ['one', 'two']) {
      await test.send(text)
      await verify(test)
    }
    const { key, value } = (await blocks(test)).at(-1) ?? { key: '', value: [] }
    await test.storage.set(key, 'gone')
    // The node itself knows where it is.
    expect((await verify(test)).report).toMatchObject({
      valid: false,
      broken: [{ seq: value.at(-1)?.seq }],
    })
    await test.send('three')
    expect((await verify(test)).report.broken).toMatchObject([{ seq: value[0]?.seq }])
  })
})

describe('several starts', () => {
  test('make a chain each, and each vouches for those before it', async () => {
    const dataDir = folder()
    for (const time of [2, 3, 4]) {
      const test = await restart(dataDir, time)
      await test.send(`in start ${time}`)
      await test.clock.advance(1000)
      await test.close()
    }
    const test = await restart(dataDir, 5)
    const { report, pin } = await verify(test)
    expect(report).toMatchObject({
      valid: true,
      chains: [{ state: 'ended' }, { state: 'ended' }, { state: 'ended' }],
    })
    const second = report.chains[1]
    for (const { key } of await test.storage.list(`block/${second?.chain}`)) {
      await test.storage.set(key, 'gone')
    }
    const after = await verify(test)
    expect(after.report.broken).toMatchObject([{ chain: second?.chain, seq: second?.last }])
    expect(pin.heads).toHaveLength(3)
  })

  test('that is interrupted shows by its missing last word', async () => {
    const dataDir = folder()
    const first = await restart(dataDir, 2)
    await first.send('one')
    await verify(first)
    const [block] = await first.storage.list('block/')
    await first.close()
    const second = await restart(dataDir, 3)
    // As a crash would have left it.
    const entries = await second.storage.list('block/')
    for (const { key } of entries.slice(1)) await second.storage.set(key, 'never written')
    await second.clock.jump(dayMs)
    expect(block).toBeDefined()
    const { report } = await verify(second)
    expect(report.chains).toMatchObject([{ state: 'stopped' }])
  })
})

describe('keepDays', () => {
  test('removes what is older, and what is left fits together', async () => {
    const test = await start({ keepDays: 10 })
    for (let day = 0; day < 14; day++) {
      await test.send(`day ${day}`)
      await verify(test)
      await test.clock.jump(dayMs)
      await test.clock.advance(60_000)
      await test.settle()
    }
    await test.clock.advance(60_000)
    const { report } = await verify(test, { keepDays: 10 })
    expect(report.broken).toEqual([])
    expect(report.chains[0]?.first).toBeGreaterThan(0)
    const entries = await entriesOf(test)
    const oldest = Math.min(...entries.map(({ at }) => Date.parse(at)))
    expect(test.clock.now() - oldest).toBeLessThan(14 * dayMs)
    expect(entries.filter(({ kind }) => kind === 'envelope').length).toBeGreaterThanOrEqual(10)
    expect(await verify(test, { keepDays: 11 })).toMatchObject({ report: { valid: false } })
  })

  test('removes whole chains of nodes that are gone', async () => {
    const dataDir = folder()
    const first = await restart(dataDir, 2, { keepDays: 5 })
    await first.send('one')
    await first.close()
    const second = await restart(dataDir, 3, { keepDays: 5 })
    await second.clock.jump(7 * dayMs)
    await second.clock.advance(60_000)
    await second.send('two')
    await second.settle()
    const { report } = await verify(second, { keepDays: 5 })
    expect(report.broken).toEqual([])
    expect(JSON.stringify(await entriesOf(second))).toContain('"pruned"')
    expect((await second.storage.list('chain/')).length).toBe(1)
  })
})

describe('a signing key', () => {
  function keyFile(type: 'ed25519' | 'rsa' = 'ed25519'): { path: string; publicPem: string } {
    const pair =
      type === 'ed25519'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: 2048 })
    const path = join(folder(), 'audit.key')
    writeFileSync(path, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    return { path, publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString() }
  }

  test('signs checkpoints, which hold by the key of the operator, and by the one that was pinned', async () => {
    const { path, publicPem } = keyFile()
    const test = await start({ signingKeyFile: path })
    await test.send('one')
    const { report, pin } = await verify(test)
    expect(report.signature).toBe('new')
    const named = { pin, name: 'audit.pin' }
    expect((await verify(test, { pin: named })).report.signature).toBe('pinned')
    expect((await verify(test, { key: publicPem })).report.signature).toBe('given')
    const other = keyFile().publicPem
    await expect(verify(test, { key: other })).rejects.toMatchObject({
      code: 'key_not_trusted',
      exit: 5,
    })
  })

  test('that is gone or another is noticed by who pinned it', async () => {
    const test = await start({ signingKeyFile: keyFile().path })
    const { pin } = await verify(test)
    await test.close()
    const unsigned = await start()
    await expect(verify(unsigned, { pin: { pin, name: 'p' } })).rejects.toMatchObject({
      code: 'key_not_trusted',
    })
  })

  test.each([
    ['is no Ed25519 key', () => keyFile('rsa').path, 'no Ed25519 key'],
    [
      'is no key',
      () => {
        const path = join(folder(), 'x')
        writeFileSync(path, 'x', { mode: 0o600 })
        return path
      },
      'openssl genpkey',
    ],
    [
      'others can read',
      () => {
        const { path } = keyFile()
        chmodSync(path, 0o644)
        return path
      },
      'chmod 600',
    ],
    ['is not there', () => join(folder(), 'none'), 'ENOENT'],
  ])('that %s stops the start', async (_what, path, words) => {
    const config = { auditors, signingKeyFile: path() }
    await expect(testServerPlugin(audit, config)).rejects.toMatchObject({
      members: { plugin_code: 'plugin_create_failed' },
      message: expect.stringContaining(words),
    })
  })
})

test.each([
  [{ auditor: ['carol'] }],
  [{ types: [] }],
  [{ types: ['chat message'] }],
  [{ keepDays: 0 }],
  [{ keepDays: 1.5 }],
])('a config that it does not understand stops the start: %j', async (config) => {
  await expect(testServerPlugin(audit, config)).rejects.toMatchObject({
    members: { plugin_code: 'plugin_bad_config' },
  })
})

test('it conforms', async () => {
  await conformance(audit, { config: { auditors, keepDays: 1 } })
})
