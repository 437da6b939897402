/** The broker as somebody else's program sees it: through kafkajs, which the server does not use. */
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs'

function client(address: string): Kafka {
  return new Kafka({ clientId: 'somebody-else', brokers: [address], logLevel: logLevel.NOTHING })
}

export function topicOf(user: string): string {
  return `user_queue_${user}`
}

export async function withAdmin<T>(
  address: string,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = client(address).admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

export async function withProducer<T>(
  address: string,
  work: (producer: Producer) => Promise<T>,
): Promise<T> {
  const producer = client(address).producer()
  await producer.connect()
  try {
    return await work(producer)
  } finally {
    await producer.disconnect()
  }
}

/** The values of the first `count` records of a topic, in their order. */
export async function consume(address: string, topic: string, count: number): Promise<string[]> {
  const consumer = client(address).consumer({ groupId: `witness-of-${topic}-${Date.now()}` })
  const values: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      values.push(message.value?.toString('utf8') ?? '')
      if (values.length >= count) resolve()
    },
  })
  await promise
  await consumer.disconnect()
  return values
}
