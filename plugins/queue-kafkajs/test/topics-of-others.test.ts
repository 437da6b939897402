/** Topics are in reach of others: their records, their settings, and whether they are there at all. */
import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { describeWithServices, sharedKafka } from '@secure-chat/e2e/services'
import type { MessageQueue, UserName } from '@secure-chat/plugin-sdk/server'
import { queueKit } from '@secure-chat/plugin-sdk/testing'
import { CompressionTypes } from 'kafkajs'
import { openTestQueue, silentLog } from './open-test-queue.ts'
import { type Others, othersAt, topicOf } from './others.ts'

jest.setTimeout(180_000)

const { codeIn, codeOf, follow, newUser, readAll, record } = queueKit

const garbage: ReadonlyArray<string | null> = [
  '',
  'no JSON',
  '{"id":',
  '[]',
  'null',
  JSON.stringify({ ...record('x'), id: 7 }),
  JSON.stringify({ ...record('x'), timestamp: 'yesterday' }),
  JSON.stringify({ sender: 'mallory', message: 'without the rest' }),
  null,
]

describeWithServices('topics of mailboxes', () => {
  let address: string
  let queue: MessageQueue
  let elsewhere: MessageQueue
  let others: Others
  let user: UserName
  let skipped = 0
  const warnings: object[] = []

  beforeAll(async () => {
    address = (await sharedKafka()).address
    queue = await openTestQueue(address, {
      log: { ...silentLog, warn: (fields) => void warnings.push(Object(fields)) },
      onSkipped: () => {
        skipped += 1
      },
    })
    elsewhere = await openTestQueue(address)
    others = await othersAt(address)
  })
  afterAll(async () => {
    await Promise.all([queue.close(), elsewhere.close(), others.close()])
  })
  beforeEach(async () => {
    user = newUser()
    await queue.createMailbox(user)
  })

  const messages = async (of = user) => (await readAll(queue, of)).map(({ message }) => message)
  const valid = (text: string) => JSON.stringify(record(text))

  test('hold records of others: messages are delivered, garbage is passed over and told once', async () => {
    const before = skipped
    const follower = follow(queue, user, await queue.end(user))
    await queue.enqueue(user, record('ours'))
    await others.write(user, [...garbage, valid('theirs'), ...garbage])
    await queue.enqueue(user, record('ours again'))
    expect(await messages()).toEqual(['ours', 'theirs', 'ours again'])
    await follower.got(3)
    expect(follower.messages()).toEqual(['ours', 'theirs', 'ours again'])
    follower.tail.close()
    await readAll(queue, user)
    expect(skipped - before).toBe(2 * garbage.length)
    expect(warnings.filter((fields) => Reflect.get(fields, 'user') === user)).toHaveLength(1)
  })

  test('that hold only garbage make pages without items which lead on', async () => {
    for (let count = 0; count < 8; count += 1) {
      await others.write(
        user,
        Array.from({ length: 40 }, () => 'x'.repeat(20_000)),
      )
    }
    await queue.enqueue(user, record('behind'))
    let page = await queue.read(user, { limit: 5, maxBytes: 1000 })
    const seen = new Set([page.next])
    while (page.more) {
      page = await queue.read(user, { limit: 5, maxBytes: 1000, after: page.next })
      expect(seen.has(page.next)).toBe(false)
      seen.add(page.next)
    }
    expect(page.items.map((item) => item.record.message)).toEqual(['behind'])
  })

  test('hold markers of transactions, which are no messages', async () => {
    await others.writeInTransaction(user, [valid('committed')])
    await queue.enqueue(user, record('ours'))
    expect(await messages()).toEqual(['committed', 'ours'])
    expect((await queue.read(user, { limit: 10 })).more).toBe(false)
  })

  test('may be compressed by gzip by whoever writes, and by zstd by the broker', async () => {
    const texts = Array.from({ length: 50 }, (_, index) => `${index} ${'zażółć '.repeat(200)}`)
    await others.write(user, texts.map(valid), { compression: CompressionTypes.GZIP })
    await queue.enqueue(user, record('ours'))
    const { items } = await queue.read(user, { limit: 20 })
    const after = items.at(-1)?.cursor
    const rest = await readAll(queue, user, { limit: 7, ...(after && { after }) })
    expect(rest.map(({ message }) => message)).toEqual([...texts.slice(20), 'ours'])

    const squeezing = await openTestQueue(address, { topicConfig: { 'compression.type': 'zstd' } })
    const squeezed = newUser()
    await squeezing.createMailbox(squeezed)
    await squeezing.enqueue(squeezed, record('z'.repeat(5000)))
    await squeezing.close()
    expect(await messages(squeezed)).toEqual(['z'.repeat(5000)])
  })

  test('that cannot be read hold up their own reader and nobody else', async () => {
    const squeezing = await openTestQueue(address, { topicConfig: { 'compression.type': 'lz4' } })
    const unreadable = newUser()
    await squeezing.createMailbox(unreadable)
    const stuck = follow(queue, unreadable, await queue.end(unreadable))
    const witness = follow(queue, user, await queue.end(user))
    await queue.enqueue(user, record('before'))
    await witness.got(1)
    await squeezing.enqueue(unreadable, record('in a compression that kafkajs has not'))
    await squeezing.close()
    expect(await codeOf(queue.read(unreadable, { limit: 1 }))).toBe('queue_unavailable')
    for (const text of ['1', '2', '3']) await queue.enqueue(user, record(text))
    await witness.got(4)
    expect(witness.messages()).toEqual(['before', '1', '2', '3'])
    expect(stuck.items).toEqual([])
    witness.tail.close()
    stuck.tail.close()
  })

  test('whose start retention has removed expire the cursors before it', async () => {
    const start = await queue.end(user)
    for (const text of ['a', 'b', 'c']) await queue.enqueue(user, record(text))
    const paused = follow(queue, user, start)
    paused.tail.pause()
    // So that it knows the leader.
    await others.admin.fetchTopicOffsets(topicOf(user))
    await others.admin.deleteTopicRecords({
      topic: topicOf(user),
      partitions: [{ partition: 0, offset: '2' }],
    })
    const error: unknown = await queue.read(user, { limit: 9, after: start }).catch((e) => e)
    expect(error).toMatchObject({ code: 'cursor_expired' })
    const { resume } = (error as { members: { resume: typeof start } }).members
    const rest = await readAll(queue, user, { after: resume })
    expect(rest.map(({ message }) => message)).toEqual(['c'])
    expect(await messages()).toEqual(['c'])
    paused.tail.resume()
    expect(await paused.ended).toEqual({ kind: 'expired', resume })
  })

  test('that are removed by another node end the tails here, and leave the others alone', async () => {
    const witness = newUser()
    await queue.createMailbox(witness)
    const [live, paused] = [
      follow(queue, user, await queue.end(user)),
      follow(queue, user, await queue.end(user)),
    ]
    const other = follow(queue, witness, await queue.end(witness))
    await queue.enqueueAll([user, witness].map((each) => ({ user: each, record: record('live') })))
    await Promise.all([live.got(1), paused.got(1), other.got(1)])
    paused.tail.pause()
    await elsewhere.removeMailbox(user)
    const last = await live.ended
    expect(last.kind === 'error' && codeIn(last.error)).toBe('no_such_user')
    paused.tail.resume()
    const lastOfPaused = await paused.ended
    expect(lastOfPaused.kind === 'error' && codeIn(lastOfPaused.error)).toBe('no_such_user')
    await queue.enqueue(witness, record('goes on'))
    await other.got(2)
    other.tail.close()
  })

  test('that are made anew are other mailboxes: no message is missed, and no old cursor is taken', async () => {
    const follower = follow(queue, user, await queue.end(user))
    for (const text of ['1', '2', '3']) await queue.enqueue(user, record(text))
    await follower.got(3)
    const old = (await queue.read(user, { limit: 1 })).next
    await others.admin.deleteTopics({ topics: [topicOf(user)] })
    await sleep(50)
    await elsewhere.createMailbox(user)
    for (const text of ['4', '5', '6']) await elsewhere.enqueue(user, record(text))
    const last = await follower.ended
    if (last.kind !== 'expired') throw new Error('The tail was to be told where to go on.')
    const found = await readAll(queue, user, { after: last.resume })
    expect(found.map(({ message }) => message)).toEqual(['4', '5', '6'])
    // It would be a valid offset of the new topic.
    expect(await codeOf(queue.read(user, { limit: 9, after: old }))).toBe('bad_cursor')
    expect(await messages()).toEqual(['4', '5', '6'])
  })

  test('that were removed by hand are made by the next message, and keep no other message waiting', async () => {
    const users = [user, newUser(), newUser()]
    for (const each of users) await queue.enqueue(each, record('before'))
    await others.admin.deleteTopics({ topics: [topicOf(user)] })
    await Promise.all(users.map((each) => queue.enqueue(each, record('after'))))
    expect(await messages()).toEqual(['after'])
    for (const each of users.slice(1)) expect(await messages(each)).toEqual(['before', 'after'])
  })

  test('are written by several nodes, each in its own order', async () => {
    const numbers = Array.from({ length: 100 }, (_, index) => index)
    await Promise.all(
      numbers.flatMap((number) => [
        queue.enqueue(user, record(`a ${number}`, { sender: 'a' })),
        elsewhere.enqueue(user, record(`b ${number}`, { sender: 'b' })),
      ]),
    )
    const found = await readAll(queue, user)
    for (const sender of ['a', 'b']) {
      const own = found.filter((each) => each.sender === sender).map(({ message }) => message)
      expect(own).toEqual(numbers.map((number) => `${sender} ${number}`))
    }
  })

  test('take a message that is refused for its size alone', async () => {
    const users = Array.from({ length: 5 }, () => newUser())
    await Promise.all(users.map((each) => queue.createMailbox(each)))
    const [large, ...small] = users
    if (large === undefined) throw new Error('There are five.')
    const outcomes = await Promise.all([
      codeOf(queue.enqueue(large, record('x'.repeat(3 * 1024 * 1024)))),
      ...small.map((each) => queue.enqueue(each, record('fits'))),
      queue.enqueue(large, record('fits')),
    ])
    expect(outcomes[0]).toBe('queue_unavailable')
    for (const each of users) expect(await messages(each)).toEqual(['fits'])
  })
})
