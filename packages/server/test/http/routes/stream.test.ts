import fc from 'fast-check'
import { startTestServer, type TestServer } from '../../../src/testing.ts'
import { makeSignUp, type SseEvent, type SseReader, type TestUser } from '../../support/http.ts'
import { exchangeFor } from '../../support/messaging.ts'

let server: TestServer
let signUp: (name: string) => Promise<TestUser>
let alice: TestUser
let bob: TestUser
const open = new Set<SseReader>()

beforeAll(async () => {
  server = await startTestServer()
  signUp = makeSignUp(server)
  alice = await signUp('alice')
  bob = await signUp('bob')
})
afterEach(() => {
  for (const reader of open) reader.destroy()
  open.clear()
})
afterAll(() => server.close())

async function streamOf(user: TestUser, options?: Parameters<TestUser['stream']>[0]) {
  const reader = await user.stream(options)
  open.add(reader)
  return reader
}

/** Open, and its first event. */
async function readyStreamOf(user: TestUser, options?: Parameters<TestUser['stream']>[0]) {
  const reader = await streamOf(user, options)
  return { reader, ready: await reader.next(({ event }) => event === 'ready') }
}

const isMessage = ({ event }: SseEvent) => event === 'message'
const withText = (text: string) => (one: SseEvent) => one.data.message === text
const textsOf = (reader: SseReader) =>
  reader.events.filter(isMessage).map(({ data }) => data.message)

async function send(message: string, to = 'bob') {
  const { status, body } = await alice.call('POST', `/chat/${to}`, { message })
  expect(status).toBe(200)
  return String(body.id)
}

async function endOfMailbox(user: TestUser): Promise<string> {
  for (let after = ''; ; ) {
    const { body } = await user.call('GET', `/chat/messages${after && `?after=${after}`}`)
    after = String(body.next)
    if (body.more === false) return after
  }
}

test('begins with ready and the cursor to resume from, then gives what comes', async () => {
  const { reader, ready } = await readyStreamOf(bob)
  expect(reader.status).toBe(200)
  expect(reader.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  expect(reader.headers['content-encoding']).toBeUndefined()
  expect(reader.events[0]).toBe(ready)
  expect(ready.id).toBeDefined()
  expect(Object.keys(ready.data)).toEqual(['now'])
  const id = await send('one')
  const event = await reader.next(isMessage)
  expect(event.data).toMatchObject({ id, sender: 'alice', type: 'CHAT_MESSAGE', message: 'one' })
  expect(Object.keys(event.data)).toEqual(['id', 'type', 'sender', 'message', 'timestamp'])
  expect(event.id).not.toBe(ready.id)
})

test('a client that got nothing but ready resumes by its id', async () => {
  const { reader, ready } = await readyStreamOf(bob)
  reader.destroy()
  await send('missed')
  const again = await streamOf(bob, { lastEventId: String(ready.id) })
  await again.next(withText('missed'))
})

test('Last-Event-ID wins over after; without either only what comes is given', async () => {
  const start = await endOfMailbox(bob)
  await send('first')
  const behindFirst = await endOfMailbox(bob)
  await send('second')
  const both = await streamOf(bob, { after: start, lastEventId: behindFirst })
  const fromStart = await streamOf(bob, { after: start })
  const { reader: fromNow } = await readyStreamOf(bob)
  await send('third')
  for (const reader of [both, fromStart, fromNow]) await reader.next(withText('third'))
  expect(textsOf(both)).toEqual(['second', 'third'])
  expect(textsOf(fromStart)).toEqual(['first', 'second', 'third'])
  expect(textsOf(fromNow)).toEqual(['third'])
})

test.each([
  ['a cursor that is none', { after: 'no cursor' }],
  ['a Last-Event-ID that is none', { lastEventId: 'no-cursor' }],
  ['a Last-Event-ID beyond any length', { lastEventId: 'x'.repeat(5000) }],
])('refuses %s before the stream begins', async (_what, options) => {
  const reader = await streamOf(bob, options)
  expect(reader.status).toBe(400)
  expect(reader.headers['content-type']).toMatch('application/problem+json')
})

test('refuses a cursor of another mailbox', async () => {
  const reader = await streamOf(bob, { after: await endOfMailbox(alice) })
  expect(reader.status).toBe(400)
})

test('sends a long history in order, then goes on live without a gap', async () => {
  const start = await endOfMailbox(bob)
  const count = 600
  const expected = Array.from({ length: count }, (_, i) => `h${i}`)
  for (let i = 0; i < count / 2; i++) await send(`h${i}`)
  const reader = await streamOf(bob, { after: start })
  for (let i = count / 2; i < count; i++) await send(`h${i}`)
  await reader.next(withText(`h${count - 1}`))
  expect(textsOf(reader)).toEqual(expected)
})

test('several streams of one user each get everything', async () => {
  const streams = await Promise.all([1, 2, 3].map(async () => (await readyStreamOf(bob)).reader))
  await send('for all')
  for (const reader of streams) {
    await reader.next(withText('for all'))
    expect(textsOf(reader)).toEqual(['for all'])
  }
})

test('resume property: whatever the disconnects, all is delivered once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ sends: fc.nat(6), reads: fc.nat(6) }), { minLength: 1, maxLength: 6 }),
      async (steps) => {
        let cursor = await endOfMailbox(bob)
        const sent: string[] = []
        const got: unknown[] = []
        for (const { sends, reads } of steps) {
          const reader = await streamOf(bob, { after: cursor })
          for (let i = 0; i < sends; i++) {
            sent.push(`p${sent.length}`)
            await send(`p${sent.length - 1}`)
          }
          const wanted = Math.min(reads, sent.length - got.length)
          for (let i = 0; i < wanted; i++) {
            const event = await reader.next((one) => isMessage(one) && !isBefore(reader, one, i))
            got.push(event.data.message)
            cursor = String(event.id)
          }
          reader.destroy()
        }
        const rest = await streamOf(bob, { lastEventId: cursor })
        if (sent.length > got.length) await rest.next(withText(`p${sent.length - 1}`))
        expect([...got, ...textsOf(rest)]).toEqual(sent)
      },
    ),
    { numRuns: 8 * Number(process.env.FC_RUNS ?? 1) },
  )
})

/** Is it one of the first `index` messages of this stream? */
function isBefore(reader: SseReader, event: SseEvent, index: number): boolean {
  return reader.events.filter(isMessage).indexOf(event) < index
}

describe('the end of a session', () => {
  test('by its own logout ends its streams with the code, and no others', async () => {
    const second = await bob.signInAgain()
    const { reader: ending } = await readyStreamOf(second)
    const { reader: staying } = await readyStreamOf(bob)
    await second.call('POST', '/chat/auth/logout')
    const end = await ending.next(({ event }) => event === 'end')
    expect(end.data).toEqual({ code: 'token_invalid' })
    await ending.ended
    await send('after')
    await staying.next(withText('after'))
    expect(textsOf(ending)).not.toContain('after')
    expect((await streamOf(second)).status).toBe(401)
  })

  test('by revocation from another session ends its streams', async () => {
    const second = await bob.signInAgain()
    const { reader } = await readyStreamOf(second)
    await bob.call('DELETE', `/chat/auth/sessions/${second.sessionId}`)
    await reader.next(({ event }) => event === 'end')
    await reader.ended
  })

  test('by removal of the account ends its streams', async () => {
    const gone = await signUp('gone')
    const { reader } = await readyStreamOf(gone)
    await gone.call('DELETE', '/chat/auth/account', { password: 'correct horse battery staple' })
    await reader.next(({ event }) => event === 'end')
    await reader.ended
  })

  test('ends a stream that is catching up, too', async () => {
    const start = await endOfMailbox(bob)
    const text = 'x'.repeat(100 * 1024)
    await Promise.all(Array.from({ length: 60 }, () => send(text)))
    const second = await bob.signInAgain()
    const reader = await streamOf(second, { after: start })
    reader.pause()
    await second.call('POST', '/chat/auth/logout')
    reader.resume()
    await reader.next(({ event }) => event === 'end')
    await reader.ended
    expect(textsOf(reader).length).toBeLessThan(60)
  })

  test('that comes while the stream is being opened leaves none open', async () => {
    const before = server.services.streams.size
    const second = await bob.signInAgain()
    const [reader] = await Promise.all([streamOf(second), second.call('POST', '/chat/auth/logout')])
    await reader.ended
    expect(server.services.streams.size).toBe(before)
  })
})

test('a consumer that does not read is dropped, and the cursor resumes', async () => {
  const { reader, ready } = await readyStreamOf(bob)
  reader.pause()
  const text = 'y'.repeat(190 * 1024)
  const count = 80
  for (let i = 0; i < count; i++) await send(text)
  await until(() => server.services.streams.size === 0)
  reader.resume()
  await reader.ended
  const got = reader.events.filter(isMessage)
  expect(got.length).toBeLessThan(count)
  const again = await streamOf(bob, { lastEventId: got.at(-1)?.id ?? String(ready.id) })
  await send('last')
  await again.next(withText('last'))
  expect(textsOf(again)).toHaveLength(count - got.length + 1)
})

/** The server's own timers decide when; polled, since nothing announces it. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20))
}

test('contacts hear of presence within the stream, strangers do not', async () => {
  const carol = await signUp('carol')
  await alice.call('POST', '/chat/bob/keyexchange', { encrypted_key: exchangeFor(bob.fingerprint) })
  const { reader: contact } = await readyStreamOf(bob)
  const { reader: stranger } = await readyStreamOf(carol)
  await alice.call('POST', '/chat/presence/alice', { status: 'busy', text: 'in a call' })
  const event = await contact.next((one) => one.event === 'presence' && one.data.state === 'busy')
  expect(event.id).toBeUndefined()
  expect(event.data).toEqual({
    name: 'alice',
    state: 'busy',
    text: 'in a call',
    last_seen: expect.any(String),
  })
  expect(Object.keys(event.data)).toEqual(['name', 'state', 'text', 'last_seen'])
  await send('mark', 'carol')
  await stranger.next(withText('mark'))
  expect(stranger.events.filter((one) => one.event === 'presence')).toEqual([])
})
