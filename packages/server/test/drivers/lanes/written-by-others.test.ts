/** Whoever may write to the topic may write anything: readers get what is a message, and nothing may stop the copying. */
import { jest } from '@jest/globals'
import { Producer } from '@platformatic/kafka'
import { describeWithServices } from '@secure-chat/e2e/services'
import type { UserName } from '@secure-chat/protocol'
import type { LanesQueue } from '../../../src/drivers/lanes/index.ts'
import { follow, newUser, readAll, record } from '../queue-rules/kit.ts'
import { type OwnLanes, ownLanes } from './own-lanes.ts'

jest.setTimeout(60_000)

const garbage = ['', 'no JSON', '[]', JSON.stringify({ ...record('x'), id: 7 }), '\0\u0001\ufffd']
const valid = (text: string) => JSON.stringify(record(text))

describeWithServices('records of others in a lane', () => {
  let lanes: OwnLanes
  let queue: LanesQueue
  let others: Producer<Buffer, Buffer, Buffer, Buffer>
  const skipped: UserName[] = []

  beforeAll(async () => {
    lanes = await ownLanes(2)
    queue = await lanes.open({ onSkipped: (user) => skipped.push(user) })
    const { access } = lanes.options
    const bootstrapBrokers = access.brokers.map(({ host, port }) => `${host}:${port}`)
    others = new Producer({ clientId: 'others', bootstrapBrokers })
  })
  afterAll(async () => {
    await others.close()
    await lanes.close()
  })

  /** Without a partition: the client's own choice by the key. */
  const write = (
    key: string | Buffer | undefined,
    values: readonly string[],
    compression: 'none' | 'gzip' = 'none',
  ) =>
    others.send({
      acks: -1,
      compression,
      messages: values.map((value) => ({
        topic: lanes.options.topicName ?? '',
        value: Buffer.from(value),
        ...(key === undefined ? { partition: 0 } : { key: Buffer.from(key) }),
      })),
    })

  test('are delivered when they are messages, and garbage between them is passed over', async () => {
    const user = newUser()
    const follower = follow(queue, user, await queue.end(user))
    await queue.enqueue(user, record('ours'))
    await write(user, [...garbage, valid('theirs'), ...garbage])
    await queue.enqueue(user, record('ours again'))
    const expected = ['ours', 'theirs', 'ours again']
    expect((await readAll(queue, user)).map(({ message }) => message)).toEqual(expected)
    await follower.got(3)
    expect(follower.messages()).toEqual(expected)
    expect((await queue.read(user, { limit: 9 })).items).toEqual(follower.items)
    follower.tail.close()
  })

  test('are counted once, however often they are read', async () => {
    const user = newUser()
    await write(user, garbage)
    await queue.enqueue(user, record('behind'))
    for (let count = 0; count < 3; count += 1) expect(await readAll(queue, user)).toHaveLength(1)
    expect(skipped.filter((each) => each === user)).toHaveLength(garbage.length)
  })

  test('may be compressed', async () => {
    const user = newUser()
    const texts = Array.from({ length: 50 }, (_, index) => `${index} ${'zażółć '.repeat(200)}`)
    await write(user, texts.map(valid), 'gzip')
    expect((await readAll(queue, user, { limit: 7 })).map(({ message }) => message)).toEqual(texts)
  })

  test('that are for nobody, or for no name of a user, hold nothing up', async () => {
    const user = newUser()
    await write(undefined, [valid('nobody')])
    for (const key of ['', ' ', 'BOB', '../x', `${user} 000000000000`, '$set', 'x'.repeat(5000)]) {
      await write(key, [valid('no user')])
    }
    await write(Buffer.from([0xff, 0xfe, 0]), [valid('no text')])
    await queue.enqueue(user, record('ours'))
    expect(await readAll(queue, user)).toHaveLength(1)
    while ((await queue.lag()) > 0);
  })

  test('may come in transactions, whose markers hold nothing up', async () => {
    const user = newUser()
    const { access } = lanes.options
    const producer = new Producer({
      clientId: 'others',
      bootstrapBrokers: access.brokers.map(({ host, port }) => `${host}:${port}`),
      idempotent: true,
      transactionalId: `others-${user}`,
    })
    const transaction = await producer.beginTransaction()
    await transaction.send({
      messages: [
        {
          topic: lanes.options.topicName ?? '',
          key: Buffer.from(user),
          value: Buffer.from(valid('theirs')),
        },
      ] as never,
      acks: -1,
    })
    await transaction.commit()
    await producer.close()
    expect(await readAll(queue, user)).toHaveLength(1)
    while ((await queue.lag()) > 0);
  })
})
