import { type Cursor, isChatError, type UserName } from '@secure-chat/protocol'
import type { PageRequest } from '../../../src/domain/mailboxes/read-mailbox.ts'
import { codeOf, type Messaging, openMessaging, someProof } from '../../support/messaging.ts'

let chat: Messaging
let bob: UserName
const session = { sidHash: 'a'.repeat(64), sessionId: 'a'.repeat(16) }

beforeEach(async () => {
  chat = await openMessaging()
  await chat.addUser('alice')
  bob = (await chat.addUser('bob')).name
})
afterEach(() => chat.close())

function page(changes: Partial<PageRequest> = {}): PageRequest {
  return {
    user: bob,
    sidHash: session.sidHash,
    after: undefined,
    limit: 500,
    waitMs: 0,
    signal: new AbortController().signal,
    ...changes,
  }
}

const send = (message: string) =>
  chat.sendMessage({
    sender: 'alice' as UserName,
    recipient: bob,
    message,
    id: undefined,
    toKey: undefined,
    proof: someProof(),
    requestId: 'r1',
  })

const texts = (messages: ReadonlyArray<{ message: string }>) => messages.map((one) => one.message)

test('reads the same from the earliest message again: nothing is consumed', async () => {
  await send('one')
  await send('two')
  const first = await chat.readMailbox(page())
  expect(texts(first.messages)).toEqual(['one', 'two'])
  expect(await chat.readMailbox(page())).toEqual(first)
})

test('goes on behind `next`, and says by `more` whether another page waits', async () => {
  for (const text of ['one', 'two', 'three']) await send(text)
  const first = await chat.readMailbox(page({ limit: 2 }))
  expect([texts(first.messages), first.more]).toEqual([['one', 'two'], true])
  const second = await chat.readMailbox(page({ limit: 2, after: first.next }))
  expect([texts(second.messages), second.more]).toEqual([['three'], false])
})

test('gives `next` on an empty page too', async () => {
  const empty = await chat.readMailbox(page())
  expect(empty.messages).toEqual([])
  await send('one')
  expect(texts((await chat.readMailbox(page({ after: empty.next }))).messages)).toEqual(['one'])
})

test('cuts a page of huge messages short, so that an answer stays bounded', async () => {
  const huge = 'x'.repeat(190 * 1024)
  await Promise.all(Array.from({ length: 40 }, () => send(huge)))
  const first = await chat.readMailbox(page())
  expect(first.more).toBe(true)
  expect(first.messages.length).toBeLessThan(25)
})

test('refuses a cursor of another mailbox and one that is none', async () => {
  const { next } = await chat.readMailbox(page({ user: 'alice' as UserName }))
  expect(await codeOf(chat.readMailbox(page({ after: next })))).toBe('bad_cursor')
  expect(await codeOf(chat.readMailbox(page({ after: '!!' as Cursor })))).toBe('bad_cursor')
})

test('tells where to go on when what followed the cursor is no longer kept', async () => {
  const { next: after } = await chat.readMailbox(page())
  await send('old')
  await chat.clock.advance(31 * 86_400_000)
  await chat.queue.expire({ before: chat.clock.now(), maxBytes: 2 ** 30 })
  await send('new')
  const refused = await chat.readMailbox(page({ after })).catch((error: unknown) => error)
  if (!isChatError(refused, 'cursor_expired')) throw refused
  const resume = refused.members.resume as Cursor
  expect(texts((await chat.readMailbox(page({ after: resume }))).messages)).toEqual(['new'])
})

describe('waiting', () => {
  const waitMs = 20_000

  test('answers as soon as something comes', async () => {
    const waiting = chat.readMailbox(page({ waitMs }))
    await send('one')
    expect(texts((await waiting).messages)).toEqual(['one'])
  })

  test('does not wait when there is something', async () => {
    await send('one')
    expect(texts((await chat.readMailbox(page({ waitMs }))).messages)).toEqual(['one'])
  })

  test('answers an empty page when the time is over', async () => {
    const waiting = chat.readMailbox(page({ waitMs }))
    await new Promise(setImmediate)
    await chat.clock.advance(waitMs)
    expect((await waiting).messages).toEqual([])
  })

  test('ends with the session, at whatever moment that ends', async () => {
    const ends = () =>
      chat.sessionEvents.ended({ ...session, user: bob, code: 'token_invalid', isHere: true })
    const atOnce = chat.readMailbox(page({ waitMs }))
    ends()
    expect(await codeOf(atOnce)).toBe('token_invalid')
    const later = chat.readMailbox(page({ waitMs }))
    await new Promise(setImmediate)
    ends()
    expect(await codeOf(later)).toBe('token_invalid')
  })

  test('is not ended by the end of another session', async () => {
    const waiting = chat.readMailbox(page({ waitMs }))
    const other = { sidHash: 'b'.repeat(64), sessionId: 'b'.repeat(16) }
    chat.sessionEvents.ended({ ...other, user: bob, code: 'token_invalid', isHere: true })
    await send('one')
    expect(texts((await waiting).messages)).toEqual(['one'])
  })

  test('leaves nothing behind when the client goes away', async () => {
    const gone = new AbortController()
    const waiting = chat.readMailbox(page({ waitMs, signal: gone.signal }))
    await new Promise(setImmediate)
    gone.abort()
    expect((await waiting).messages).toEqual([])
    expect(chat.streams.size).toBe(0)
  })

  test('answers an empty page when the server goes down, and does not wait any more', async () => {
    const waiting = chat.readMailbox(page({ waitMs }))
    chat.drain()
    expect((await waiting).messages).toEqual([])
    expect((await chat.readMailbox(page({ waitMs }))).messages).toEqual([])
  })
})
