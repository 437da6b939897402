import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { settingsFrom } from '../../../src/config.ts'
import { connectMongo } from '../../../src/drivers/mongo/connect.ts'
import { othersAt } from '../kafka/by-others.ts'
import { newUser, readAll, record } from '../queue-rules/kit.ts'
import { type OwnLanes, ownLanes } from './own-lanes.ts'

jest.setTimeout(60_000)

const kafka = { queueUrl: 'kafka://127.0.0.1:9092', queueLayout: 'lanes' }
const mongo = { databaseUrl: 'mongodb://127.0.0.1/chat', queueLayout: 'lanes' }

test.each([
  ['QUEUE_URL', mongo],
  ['QUEUE_URL', { ...mongo, queueUrl: 'amqp://127.0.0.1' }],
  ['DATABASE_URL', kafka],
])('lanes need %s', (missing, settings) => {
  expect(() => settingsFrom(settings)).toThrow(missing)
})

test('lanes are for Kafka with MongoDB', () => {
  expect(settingsFrom({ ...mongo, ...kafka })).toMatchObject({ queueLayout: 'lanes', lanes: 64 })
})

describeWithServices('the start of lanes', () => {
  let lanes: OwnLanes

  beforeEach(async () => {
    lanes = await ownLanes(4)
  })
  afterEach(() => lanes.close())

  const codeOfOpening = async (more: Parameters<OwnLanes['open']>[0]) =>
    lanes.open(more).then(
      () => 'opened',
      (error: { code: unknown; message: string }) => `${error.code}: ${error.message}`,
    )

  test('refuses another number of lanes than there are, and says the right one', async () => {
    await (await lanes.open()).close()
    for (const number of [2, 8]) {
      expect(await codeOfOpening({ lanes: number })).toMatch(/^config_invalid: .*LANES=4/)
    }
    expect(await codeOfOpening({})).toBe('opened')
  })

  test('refuses a topic that somebody made with another number', async () => {
    const others = othersAt(lanes.options.access.brokers[0]?.port ?? 0)
    await others.admin.createTopics({
      topics: [lanes.options.topicName ?? ''],
      partitions: 3,
      replicas: 1,
    })
    await others.close()
    expect(await codeOfOpening({})).toMatch(/^config_invalid: .*LANES=3/)
  })

  test('refuses a topic that is not the one the documents came from', async () => {
    await (await lanes.open()).close()
    expect(await codeOfOpening({ topicName: `${lanes.options.topicName}-other` })).toMatch(
      /^config_invalid: .*another topic/,
    )
  })

  test('lets partitions that were added by hand be', async () => {
    const user = newUser()
    const queue = await lanes.open()
    await queue.enqueue(user, record('before'))
    await queue.close()
    const others = othersAt(lanes.options.access.brokers[0]?.port ?? 0)
    await others.admin.createPartitions({
      topics: [{ name: lanes.options.topicName ?? '', count: 9 }],
    })
    await others.close()
    const again = await lanes.open()
    await again.enqueue(user, record('after'))
    expect(await readAll(again, user)).toHaveLength(2)
  })

  test('needs no broker when it is not the first, and serves when one is there', async () => {
    await (await lanes.open()).close()
    const nobody = { brokers: [{ host: '127.0.0.1', port: 9 }] }
    expect(await codeOfOpening({ access: nobody })).toBe('opened')
  })

  test('refuses a topic configuration that Kafka does not take, with what it says', async () => {
    const topics = { ...lanes.options.topics, replicationFactor: 3 }
    expect(await codeOfOpening({ topics })).toMatch(/^config_invalid: .*KAFKA_REPLICATION_FACTOR/)
  })

  test('copies the lanes again when the documents are gone', async () => {
    const user = newUser()
    const queue = await lanes.open()
    for (const text of ['1', '2']) await queue.enqueue(user, record(text))
    await queue.close()
    const connection = await connectMongo(lanes.options.databaseUrl)
    await connection.dropDatabase()
    await connection.close()
    const again = await lanes.open()
    expect(await readAll(again, user)).toHaveLength(2)
  })
})
