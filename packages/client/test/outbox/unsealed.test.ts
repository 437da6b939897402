import { chmodSync, cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { ChatError, endpoints } from '@secure-chat/protocol'
import { signIn } from '../../src/index.ts'
import { errorOf } from '../fixtures/folders.ts'
import { makeMortal } from '../support/crash.ts'
import { expectNoNumberTwice, heard, remarks } from '../support/envelopes.ts'
import { isExchange, isPublicKey, isSend, lost, makeWire } from '../support/wire.ts'
import { movableClock, startWorld, type World } from '../support/world.ts'

jest.setTimeout(120_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

let count = 0
async function strangers() {
  count += 1
  const wire = makeWire()
  const sender = await world.person(`ann${count}`, { transport: wire.transport })
  const recipient = await world.person(`ben${count}`)
  return {
    wire,
    sender,
    recipient,
    ann: await sender.open(),
    ben: await recipient.open(),
    annName: sender.name,
    benName: recipient.name,
  }
}

test('lines to somebody never written to wait for the server, and go in order: key, exchange, messages under their ids', async () => {
  const { ann, ben, wire, annName, benName } = await strangers()
  wire.cut()
  const texts = ['1', '2', '3']
  const ids: string[] = []
  for (const text of texts) {
    const sent = await ann.send(benName, { text })
    expect(sent).toMatchObject({ state: 'queued', reason: 'network_unreachable' })
    ids.push(sent.id)
  }
  expect(ann.outbox.list().map(({ id, text, state }) => [id, text, state])).toEqual(
    texts.map((text, at) => [ids[at], text, 'waiting']),
  )
  expect(ann.messages({ with: benName }).map(({ state }) => state)).toEqual(
    texts.map(() => 'queued'),
  )
  expect(ann.trust.list()).toEqual([])
  wire.mend()
  expect(await ann.send(benName, { text: '4' })).toMatchObject({ state: 'sent' })
  expect(wire.sent.filter(isPublicKey)).toHaveLength(1)
  const posts = wire.sent.filter((each) => isExchange(each) || isSend(each))
  expect(posts.map(isExchange)).toEqual([true, false, false, false, false])
  await ben.sync()
  expect(heard(ben, annName)).toEqual([...texts, '4'])
  expect(
    ben
      .messages({ with: annName })
      .map(({ id }) => id)
      .slice(0, 3),
  ).toEqual(ids)
  expect(remarks(ben, annName)).toEqual([])
  expect(ann.trust.list()).toMatchObject([{ name: benName, trust: 'pinned' }])
})

test('what waits unsealed is not readable in the vault file', async () => {
  const { ann, sender, wire, benName } = await strangers()
  wire.cut()
  const secret = 'a very particular sentence'
  await ann.send(benName, { text: secret })
  for (const end of ['', '-wal']) {
    const bytes = readFileSync(join(sender.options.dir, `profile.db${end}`))
    expect(bytes.includes(secret)).toBe(false)
    expect(bytes.includes(benName)).toBe(false)
  }
})

test.each(['sync', 'retry', 'live'] as const)('%s sends what waits for a key', async (way) => {
  const { ann, ben, wire, annName, benName } = await strangers()
  wire.cut()
  await ann.send(benName, { text: 'hi' })
  wire.mend()
  if (way === 'sync') await ann.sync()
  if (way === 'retry') expect(await ann.outbox.retry()).toEqual({ sent: 1, left: 0 })
  if (way === 'live') {
    const stop = new AbortController()
    for await (const event of ann.live({ signal: stop.signal })) {
      if (event.type === 'delivery' && event.state === 'sent') stop.abort()
    }
  }
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['hi'])
})

test('a name that nobody has: the lines are refused, `outbox` and `messages` say why until they are dropped', async () => {
  const { ann, wire } = await strangers()
  wire.cut()
  const ids: string[] = []
  for (const text of ['1', '2']) ids.push((await ann.send('nobody-here', { text })).id)
  wire.mend()
  expect(await ann.outbox.flush()).toEqual({ sent: 0, left: 0 })
  expect(wire.sent.filter(isPublicKey)).toHaveLength(1)
  expect(ann.outbox.list()).toEqual([])
  expect(ann.outbox.refused()).toMatchObject([
    { id: ids[0], text: '1', state: 'refused', reason: 'no_such_user' },
    { id: ids[1], text: '2', state: 'refused', reason: 'no_such_user' },
  ])
  expect(ann.messages({ with: 'nobody-here' })).toMatchObject([
    { state: 'refused', reason: 'no_such_user' },
    { state: 'refused', reason: 'no_such_user' },
  ])
  for (const id of ids) ann.outbox.drop(id)
  expect(ann.outbox.refused()).toEqual([])
  expect(await errorOf(() => ann.outbox.drop(ids[0] ?? ''))).toMatchObject({ code: 'not_found' })
})

test('a refusal that `send` itself told is not listed again', async () => {
  const { ann, wire } = await strangers()
  wire.cut()
  await ann.send('nobody-here', { text: 'earlier' })
  wire.mend()
  expect(await ann.send('nobody-here', { text: 'now' })).toMatchObject({
    state: 'refused',
    reason: 'no_such_user',
  })
  expect(ann.outbox.refused().map(({ text }) => text)).toEqual(['earlier'])
})

test('a key that changed meanwhile holds the lines, with the reason, until the user decides', async () => {
  const { ann, ben, recipient, wire, annName, benName } = await strangers()
  wire.cut()
  await ann.send(benName, { text: 'waits' })
  // Their first line comes and pins their key; then they lose it.
  wire.mend()
  wire.onRequest = (request) => {
    if (isExchange(request) || isSend(request)) throw lost()
  }
  await ben.send(annName, { text: 'hello' })
  await ann.sync()
  expect(ann.trust.list()).toMatchObject([{ name: benName, trust: 'pinned' }])
  const options = { ...recipient.options, dir: world.folder(benName) }
  await signIn(options, {
    name: benName,
    password: recipient.password,
    recover: true,
    remember: true,
  })
  wire.onRequest = () => undefined
  await ann.trust.show(benName)
  await ann.outbox.retry()
  expect(ann.outbox.list()).toMatchObject([
    { text: 'waits', state: 'held', reason: 'key_not_trusted' },
  ])
  expect(ann.messages({ with: benName }).find(({ text }) => text === 'waits')).toMatchObject({
    state: 'queued',
    reason: 'key_not_trusted',
  })
  expect(await errorOf(() => ann.send(benName, { text: 'not kept' }))).toMatchObject({
    code: 'key_not_trusted',
  })
  expect(ann.outbox.list()).toHaveLength(1)
  await ann.trust.accept(benName)
  const { openAccount } = await import('../../src/index.ts')
  const after = await openAccount(options)
  await after.sync()
  expect(heard(after, annName)).toContain('waits')
  after.close()
})

test('an unsealed line whose contact changed their key before any was seen goes to the present key', async () => {
  const { ann, ben, recipient, wire, annName, benName } = await strangers()
  wire.cut()
  await ann.send(benName, { text: 'hi' })
  await ben.keys.replace(recipient.password)
  wire.mend()
  expect(await ann.outbox.flush()).toEqual({ sent: 1, left: 0 })
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['hi'])
})

test('what no chain could carry is refused at once, offline too', async () => {
  const { ann, wire, benName } = await strangers()
  wire.cut()
  expect(await errorOf(() => ann.send(benName, { text: 'x'.repeat(200_000) }))).toMatchObject({
    code: 'too_large',
  })
  expect(await errorOf(() => ann.send(benName, { text: '' }))).toMatchObject({
    code: 'invalid_request',
  })
  expect(ann.outbox.list()).toEqual([])
  expect(ann.messages({})).toEqual([])
})

test('a dropped unsealed line is not sent and leaves no gap', async () => {
  const { ann, ben, wire, annName, benName } = await strangers()
  wire.cut()
  await ann.send(benName, { text: '1' })
  const { id } = await ann.send(benName, { text: '2' })
  await ann.send(benName, { text: '3' })
  ann.outbox.drop(id)
  wire.mend()
  await ann.outbox.flush()
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['1', '3'])
  expect(remarks(ben, annName)).toEqual([])
})

test('a rate limit on the look-up makes the line wait, and blocks refuse it', async () => {
  const { ann, ben, wire, annName, benName } = await strangers()
  wire.onAnswer = (request, answer) =>
    isPublicKey(request)
      ? {
          ...answer,
          status: 429,
          headers: { ...answer.headers, 'content-type': 'application/problem+json' },
          body: Buffer.from(JSON.stringify({ code: 'rate_limited', status: 429, detail: 'slow' })),
        }
      : answer
  expect(await ann.send(benName, { text: '1' })).toMatchObject({
    state: 'queued',
    reason: 'rate_limited',
  })
  wire.onAnswer = (_, answer) => answer
  await ben.api.call(endpoints.block, { params: { username: annName } })
  await ann.outbox.retry()
  expect(ann.outbox.refused()).toMatchObject([{ text: '1', reason: 'not_accepted' }])
})

test('more lines than a chain carries wait and go in order', async () => {
  const { ann, ben, wire, annName, benName } = await strangers()
  wire.cut()
  const texts = Array.from({ length: 130 }, (_, n) => String(n))
  await Promise.all(texts.map((text) => ann.send(benName, { text })))
  wire.mend()
  expect(await ann.outbox.flush()).toEqual({ sent: 130, left: 0 })
  expect(new Set(wire.sent.filter(isExchange).map(({ body }) => JSON.stringify(body))).size).toBe(2)
  await ben.sync()
  expect(heard(ben, annName)).toEqual(texts)
  expectNoNumberTwice(wire.sent)
})

test('two openings of one profile add lines and send them at once: each goes once, in the order they were kept', async () => {
  const { ann, ben, sender, wire, annName, benName } = await strangers()
  const other = await sender.open()
  wire.cut()
  const texts: string[] = []
  for (let n = 0; n < 6; n += 1) {
    texts.push(String(n))
    await (n % 2 === 0 ? ann : other).send(benName, { text: String(n) })
  }
  wire.mend()
  await Promise.all([
    ann.outbox.flush(),
    other.outbox.flush(),
    other.send(benName, { text: 'last' }),
  ])
  await ben.sync()
  expect(heard(ben, annName)).toEqual([...texts, 'last'])
  expect(remarks(ben, annName)).toEqual([])
  expectNoNumberTwice(wire.sent)
})

test('killed at any point while unsealed lines are kept, sealed and sent: nothing is lost or repeated', async () => {
  const clock = movableClock()
  const mortal = makeMortal((path) => path.includes('/cyd-'))
  const { onRequest } = mortal.wire
  let isOffline = false
  mortal.wire.onRequest = (request) => {
    onRequest(request)
    // Not `network_unreachable`: that one is repeated after a wait.
    if (isOffline) throw new ChatError('timeout', 'The test lost it.')
  }
  const cyd = await world.person('cyd', { transport: mortal.transport, clock })
  const dee = await (await world.person('dee', { clock })).open()
  const promised: string[] = []
  let rounds = 0
  try {
    for (let k = 1, isOver = false; !isOver; k += 1) {
      // A copy of the profile that knows nobody yet.
      const dir = world.folder('cyd')
      cpSync(cyd.options.dir, dir, { recursive: true })
      chmodSync(dir, 0o700)
      const doomed = await cyd.open({ dir })
      mortal.arm(k)
      isOffline = true
      for (const text of [`${k}a`, `${k}b`]) {
        const kept = await doomed.send('dee', { text }).catch(() => undefined)
        if (kept) promised.push(text)
      }
      isOffline = false
      await doomed.outbox.flush().catch(() => undefined)
      isOver = !mortal.disarm().isDead
      clock.forward(11_000)
      const next = await cyd.open({ dir })
      await next.outbox.flush()
      expect(next.outbox.list()).toEqual([])
      expect(next.outbox.refused()).toEqual([])
      next.close()
      rounds = k
    }
    expect(rounds).toBeGreaterThan(10)
    await dee.sync()
    const texts = heard(dee, 'cyd')
    expect(new Set(texts).size).toBe(texts.length)
    expect(texts.filter((text) => promised.includes(text))).toEqual(promised)
    expect(remarks(dee, 'cyd')).toEqual([])
    expectNoNumberTwice(mortal.wire.sent)
  } finally {
    mortal.restore()
  }
})
