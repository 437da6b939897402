import { jest } from '@jest/globals'
import { endpoints } from '@secure-chat/protocol'
import { readWhoami, signIn } from '../../src/index.ts'
import { errorOf } from '../fixtures/folders.ts'
import { heard } from '../support/envelopes.ts'
import { makeWire, withBody } from '../support/wire.ts'
import { startWorld, type World } from '../support/world.ts'

jest.setTimeout(60_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

let count = 0
async function scene() {
  count += 1
  const wire = makeWire()
  const ann = await world.person(`ann${count}`, { transport: wire.transport })
  return { wire, ann, account: await ann.open() }
}

test('what the server says about the session is remembered, tried again, and forgotten with a new login', async () => {
  const { ann, account } = await scene()
  expect(readWhoami(ann.options)).toMatchObject({ session_valid: true })
  const other = await ann.open()
  await other.api.call(endpoints.logout)
  const first = await errorOf(() => account.sync())
  expect(first).toMatchObject({
    code: 'token_invalid',
    suggestions: [`secure-chat login ${ann.name}`],
  })
  expect(readWhoami(ann.options)).toMatchObject({ name: ann.name, session_valid: false })
  expect(account.me.session_valid).toBe(false)
  const again = await errorOf(() => account.api.call(endpoints.listUsers))
  expect(again.message).toBe(first.message)
  await signIn(ann.options, { name: ann.name, password: ann.password, remember: true })
  expect(readWhoami(ann.options)).toMatchObject({ session_valid: true })
})

test('an open stream that ends with the session says the same', async () => {
  const { ann, account } = await scene()
  const other = await ann.open()
  const live = (async () => {
    for await (const event of account.live({ signal: new AbortController().signal })) {
      if (event.type === 'state') await other.api.call(endpoints.logout)
    }
  })()
  const ended = await errorOf(() => live)
  expect(readWhoami(ann.options)).toMatchObject({ session_valid: false })
  const later = await errorOf(() => account.sync())
  expect([ended.message, later]).toEqual([
    later.message,
    expect.objectContaining({ code: 'token_invalid' }),
  ])
})

test('one false word is undone by the next call that goes well', async () => {
  const { wire, ann, account } = await scene()
  wire.onAnswer = (_, answer) => ({
    ...withBody(answer, { code: 'token_invalid', status: 401 }),
    status: 401,
    headers: { 'content-type': 'application/problem+json' },
  })
  await errorOf(() => account.sync())
  expect(readWhoami(ann.options)).toMatchObject({ session_valid: false })
  wire.onAnswer = (_, answer) => answer
  const next = await ann.open()
  await next.sync()
  expect(readWhoami(ann.options)).toMatchObject({ session_valid: true })
})

test.each([
  ['a page of a proxy', 'text/html', '<h1>401</h1>'],
  ['another code', 'application/problem+json', '{"code":"token_stale"}'],
  ['a problem cut short', 'application/problem+json', '{"code":"token_inv'],
  ['JSON that is no problem', 'application/json', '{"code":"token_invalid"}'],
])('%s with status 401 is not remembered', async (_, type, body) => {
  const { wire, ann, account } = await scene()
  wire.onAnswer = (_, answer) => ({
    ...answer,
    status: 401,
    headers: { 'content-type': type },
    body: Buffer.from(body),
  })
  await errorOf(() => account.sync())
  expect(readWhoami(ann.options)).toMatchObject({ session_valid: true })
})

test('what is sent under a session that is over waits, to known and unknown names, and goes after the next login', async () => {
  const { ann, account } = await scene()
  const [ben, cat] = [await world.person(`ben${count}`), await world.person(`cat${count}`)]
  await account.send(ben.name, { text: '0' })
  await (await ann.open()).api.call(endpoints.logout)
  for (const { name } of [ben, cat]) {
    expect(await account.send(name, { text: 'waits' })).toMatchObject({
      state: 'queued',
      reason: 'token_invalid',
    })
  }
  expect(account.outbox.list()).toHaveLength(2)
  await signIn(ann.options, { name: ann.name, password: ann.password, remember: true })
  const next = await ann.open()
  expect(await next.outbox.flush()).toEqual({ sent: 2, left: 0 })
  const [bens, cats] = [await ben.open(), await cat.open()]
  for (const each of [bens, cats]) await each.sync()
  expect(heard(bens, ann.name)).toEqual(['0', 'waits'])
  expect(heard(cats, ann.name)).toEqual(['waits'])
})
