import { PassThrough } from 'node:stream'
import { type Cursor, isChatError, type QueueRecord, type UserName } from '@secure-chat/protocol'
import type { AuthenticatedSession } from '../../../src/domain/sessions/sessions.ts'
import { codeOf, type Messaging, openLimits, openMessaging } from '../../support/messaging.ts'

let chat: Messaging
let bob: UserName
let session: AuthenticatedSession
let start: Cursor

beforeEach(() => prepare(openMessaging()))
afterEach(() => chat.close())

async function prepare(opening: Promise<Messaging>): Promise<void> {
  chat = await opening
  bob = (await chat.addUser('bob')).name
  const hash = 'a'.repeat(64)
  session = { sidHash: hash, sessionId: hash.slice(0, 16), user: bob, createdAt: 0 }
  start = await chat.queue.end(bob)
}

const recordOf = (message: string): QueueRecord => ({
  id: `id-${message.slice(0, 20)}`,
  type: 'CHAT_MESSAGE',
  sender: 'alice',
  message,
  timestamp: '2026-11-23T18:00:00.000Z',
})

const put = (messages: readonly string[]) =>
  chat.queue.enqueueAll(messages.map((message) => ({ user: bob, record: recordOf(message) })))

/** Opens a stream to a consumer in memory, which reads nothing until told to. */
async function openStream(after?: Cursor): Promise<PassThrough> {
  const consumer = new PassThrough()
  consumer.on('error', () => {})
  await chat.streams.open({ session, after, begin: () => consumer })
  return consumer
}

/** Reads until the text is there, or the end. */
async function readUntil(consumer: PassThrough, part: string): Promise<string> {
  let text = ''
  for await (const chunk of consumer.iterator({ destroyOnReturn: false })) {
    text += chunk
    if (text.includes(part)) break
  }
  return text
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
const big = (i: number) => `${i}-`.padEnd(100 * 1024, 'x')

test('tells to resync when retention overtakes a slow consumer, and goes on from what is kept', async () => {
  await put(Array.from({ length: 10 }, (_, i) => big(i)))
  const consumer = await openStream(start)
  await turn()
  await chat.clock.advance(1)
  await chat.queue.expire({ before: chat.clock.now(), maxBytes: 2 ** 30 })
  await put(['new'])
  const text = await readUntil(consumer, '"message":"new"')
  const [, resume, told] =
    /event: resync\nid: (\S+)\ndata: \{"resume":"(\S+)"\}\n\n/.exec(text) ?? []
  expect(resume).toBeDefined()
  expect(told).toBe(resume)
  expect(text.split('event: message').length - 1).toBeLessThan(10)
  consumer.destroy()
})

test('sends history only as fast as it is read', async () => {
  await put(Array.from({ length: 30 }, (_, i) => big(i)))
  const consumer = await openStream(start)
  for (let i = 0; i < 20; i++) await turn()
  expect(consumer.writableLength).toBeLessThan(1024 * 1024)
  const text = await readUntil(consumer, '"message":"29-')
  expect(text.split('event: message').length - 1).toBe(30)
  consumer.destroy()
})

test('a burst of more than 1 MiB reaches a consumer that reads', async () => {
  const consumer = await openStream()
  await readUntil(consumer, 'event: ready')
  await turn()
  await put(Array.from({ length: 40 }, (_, i) => big(i)))
  const text = await readUntil(consumer, '"message":"39-')
  expect([...text.matchAll(/"message":"(\d+)-/g)].map(([, i]) => Number(i))).toEqual(
    Array.from({ length: 40 }, (_, i) => i),
  )
  expect(consumer.destroyed).toBe(false)
  consumer.destroy()
})

test('a consumer that does not read is dropped, with at most little more than 1 MiB unsent', async () => {
  const consumer = await openStream()
  await turn()
  for (let i = 0; i < 40; i++) await put([big(i)])
  expect(consumer.writableLength).toBeLessThan(1.2 * 1024 * 1024)
  await chat.clock.advance(2000)
  expect(consumer.destroyed).toBe(true)
  await turn()
  expect(chat.streams.size).toBe(0)
})

test('a consumer that stalls with little unsent is dropped after four comments', async () => {
  const consumer = await openStream()
  await put([big(0)])
  for (let second = 0; second < 15 * 5; second++) await chat.tick()
  expect(consumer.destroyed).toBe(true)
})

test('nothing follows the end of the session', async () => {
  const consumer = await openStream()
  await readUntil(consumer, 'event: ready')
  await turn()
  chat.sessionEvents.ended({ ...session, code: 'token_invalid', isHere: true })
  await put(['late'])
  const text = await readUntil(consumer, 'never')
  expect(text).toBe('event: end\ndata: {"code":"token_invalid"}\n\n')
})

test('a session that ends while the mailbox is asked gets no stream', async () => {
  let hasBegun = false
  const opening = chat.streams.open({
    session,
    after: undefined,
    begin() {
      hasBegun = true
      return new PassThrough()
    },
  })
  chat.sessionEvents.ended({ ...session, code: 'token_invalid', isHere: true })
  expect(await codeOf(opening)).toBe('token_invalid')
  expect(hasBegun).toBe(false)
  expect(chat.streams.size).toBe(0)
})

test('a client that left while the mailbox was asked leaves nothing behind', async () => {
  const consumer = new PassThrough()
  consumer.destroy()
  await chat.streams.open({ session, after: undefined, begin: () => consumer })
  expect(chat.streams.size).toBe(0)
})

test('after a client left, nothing is kept of its stream', async () => {
  const released: string[] = []
  const node = chat.otherNode({
    sessions: {
      hold:
        ({ sidHash }) =>
        () =>
          void released.push(sidHash),
    },
  })
  const consumer = new PassThrough()
  await node.streams.open({ session, after: undefined, begin: () => consumer })
  expect(node.streams.size).toBe(1)
  consumer.destroy()
  await turn()
  expect(node.streams.size).toBe(0)
  expect(released).toEqual([session.sidHash])
})

test('refuses an expired cursor before the stream begins, with the one to go on from', async () => {
  await put(['old'])
  await chat.clock.advance(1)
  await chat.queue.expire({ before: chat.clock.now(), maxBytes: 2 ** 30 })
  const refused = await openStream(start).catch((error: unknown) => error)
  if (!isChatError(refused, 'cursor_expired')) throw refused
  const consumer = await openStream(refused.members.resume as Cursor)
  await put(['new'])
  await readUntil(consumer, '"message":"new"')
  consumer.destroy()
})

test('a user cannot open more streams than a node can bear', async () => {
  const strict = chat.otherNode({ settings: { ...openLimits, rateLimit: 'on' } })
  const openOne = async () => {
    const consumer = new PassThrough()
    await strict.streams.open({ session, after: undefined, begin: () => consumer })
    return consumer
  }
  const consumers = await Promise.all(Array.from({ length: 256 }, openOne))
  expect(await codeOf(openOne())).toBe('rate_limited')
  for (const consumer of consumers) consumer.destroy()
  await turn()
  await openOne()
})

describe('when the queue fails', () => {
  test('an open stream ends with retry, so that the client comes back by cursor', async () => {
    const consumer = await openStream()
    await readUntil(consumer, 'event: ready')
    await turn()
    await chat.queue.close()
    expect(await readUntil(consumer, 'never')).toMatch(/^retry: \d{4}\n\n$/)
  })

  test('a new stream is refused', async () => {
    await chat.queue.close()
    expect(await codeOf(openStream(start))).toBe('queue_unavailable')
    expect(await codeOf(openStream())).toBe('queue_unavailable')
    expect(chat.streams.size).toBe(0)
  })
})

test('presence of a contact set on another node is told within one look', async () => {
  const { name: alice } = await chat.addUser('alice')
  await chat.contacts.touch(alice, bob)
  await chat.tick()
  const consumer = await openStream()
  await chat.otherNode().presence.set(alice, { state: 'away', text: 'lunch' })
  await chat.tick()
  const text = await readUntil(consumer, 'event: presence')
  expect(text).toContain(
    'event: presence\ndata: {"name":"alice","state":"away","text":"lunch","last_seen":"2026-11-23T18:00:00.000Z"}\n\n',
  )
  consumer.destroy()
})

test('ends so that the client comes back when the mailbox is gone and the account is not', async () => {
  const consumer = await openStream(start)
  await turn()
  await chat.queue.removeMailbox(bob)
  await turn()
  expect(consumer.writableEnded).toBe(false)
  await chat.clock.advance(4000)
  expect(await readUntil(consumer, 'retry:')).toContain('retry: ')
  expect(consumer.writableEnded).toBe(true)
})
