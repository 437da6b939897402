/** The topics belong to the operator: other programs read them, and may write what they like. */
import { randomBytes } from 'node:crypto'
import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { readMailbox } from '../../load/read-mailbox.ts'
import { watchStream } from '../../load/watch-stream.ts'
import { type Account, signUp } from '../../setup/account.ts'
import { type Cluster, startCluster } from '../../setup/cluster.ts'
import { consume, topicOf, withProducer } from '../../setup/kafka-by-others.ts'
import { tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(120_000)

describeWithServices('Kafka by others', () => {
  let cluster: Cluster
  let alice: Account
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 1 })
    alice = await signUp(cluster.nodes[0].url, 'alice')
  })
  afterAll(tearDown)

  const send = (to: string, message: string) => alice.call('POST', `/chat/${to}`, { message })

  test('kafkajs reads user_queue_bob and finds what the API gives, with exactly the documented names', async () => {
    const bob = await signUp(cluster.nodes[0].url, 'bob')
    const texts = ['first', 'zweite, mit Ümlaut', 'third \u2028 "quoted"\n']
    for (const text of texts) expect(await send('bob', text)).toMatchObject({ status: 200 })
    await bob.signInAgain()
    const values = await consume(cluster.kafka.address, 'user_queue_bob', texts.length + 1)
    const records = values.map((value) => JSON.parse(value))
    for (const record of records) {
      expect(Object.keys(record).sort()).toEqual(['id', 'message', 'sender', 'timestamp', 'type'])
    }
    expect(records).toEqual(await readMailbox(bob))
    expect(records.map(({ type }) => type)).toEqual([...texts.map(() => 'CHAT_MESSAGE'), 'SYSTEM'])
    expect(records.slice(0, 3)).toMatchObject(
      texts.map((message) => ({ sender: 'alice', message })),
    )
  })

  test('what somebody else wrote into a topic never breaks its reader: garbage is skipped, counted and logged once', async () => {
    const carol = await signUp(cluster.nodes[0].url, 'carol')
    const stream = await watchStream(carol, cluster.urls)
    await send('carol', 'before')
    const record = {
      id: '15d607b9-5398-4671-a472-9682d7c903dc',
      type: 'x-note',
      sender: 'system',
      timestamp: '2026-11-23T18:00:00.000Z',
    }
    const valid = JSON.stringify({ ...record, message: 'written by another program' })
    const garbage = [
      null,
      '',
      'not JSON',
      '42',
      'null',
      '[]',
      '{}',
      '{"__proto__":{"id":"x"}}',
      JSON.stringify({ ...record, message: 7 }),
      JSON.stringify({ ...record, message: 'a time that is none', timestamp: 'yesterday' }),
      randomBytes(1000),
      Buffer.from([0xff, 0xfe, 0x00]),
      `${'['.repeat(5000)}${']'.repeat(5000)}`,
    ].map((value) => ({ value }))
    await withProducer(cluster.kafka.address, async (producer) => {
      const topic = topicOf('carol')
      await producer.send({ topic, acks: -1, messages: garbage })
      const keyed = { key: 'a key', headers: { by: 'another program' }, value: valid }
      // By kafkajs' own numbers, 1 is gzip.
      await producer.send({ topic, acks: -1, compression: 1, messages: [keyed] })
    })
    await send('carol', 'after')

    const messages = ['before', 'written by another program', 'after']
    expect(await stream.until(() => stream.records.length >= messages.length)).toBe(true)
    expect(stream.records.map(({ message }) => message)).toEqual(messages)
    expect(stream.opened).toBe(1)
    await stream.stop()
    for (const limit of [1, 2, 1000]) {
      const read = await readMailbox(carol, limit)
      expect(read.map(({ message }) => message)).toEqual(messages)
    }

    expect(await foreignCount(cluster)).toBeGreaterThanOrEqual(garbage.length)
    const lines = cluster.nodes[0]
      .log()
      .split('\n')
      .filter((line) => line.includes('no message'))
    expect(lines).toHaveLength(1)
  })
})

async function foreignCount(cluster: Cluster): Promise<number> {
  const text = await (await fetch(cluster.nodes[0].metricsUrl)).text()
  return Number(/^secure_chat_queue_skipped_records_total (\d+)/m.exec(text)?.[1])
}
