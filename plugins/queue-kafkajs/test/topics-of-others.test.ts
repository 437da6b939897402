/** Topics are in reach of others: their records, their settings, and whether they are there at all. */
import { foreignRecordRules, severalNodesRules } from '@secure-chat/e2e/kafka-rules'
import { describeWithServices, sharedKafka } from '@secure-chat/e2e/services'
import type { MessageQueue, UserName } from '@secure-chat/plugin-sdk/server'
import { queueKit } from '@secure-chat/plugin-sdk/testing'
import { openForRules, openTestQueue } from './open-test-queue.ts'

const { codeOf, follow, newUser, readAll, record } = queueKit

foreignRecordRules(openForRules)
severalNodesRules(openForRules)

describeWithServices('topics of mailboxes', () => {
  let address: string
  let queue: MessageQueue
  let user: UserName

  beforeAll(async () => {
    address = (await sharedKafka()).address
    queue = await openTestQueue(address)
  })
  afterAll(() => queue.close())
  beforeEach(async () => {
    user = newUser()
    await queue.createMailbox(user)
  })

  const messages = async (of = user) => (await readAll(queue, of)).map(({ message }) => message)

  test('may be compressed by zstd by the broker', async () => {
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
