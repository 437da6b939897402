/** The yardstick of reading: what a consumer group needs until it has a topic's records. */
import { Kafka, logLevel } from 'kafkajs'

/** Joins a group of its own, reads `topic` from its earliest offset; milliseconds until the `count`th record is there. */
export async function groupReadMs(address: string, topic: string, count: number): Promise<number> {
  const client = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING })
  const consumer = client.consumer({ groupId: `bench-${crypto.randomUUID()}` })
  const started = performance.now()
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const done = Promise.withResolvers<number>()
    let seen = 0
    await consumer.run({
      async eachMessage() {
        seen += 1
        if (seen === count) done.resolve(performance.now() - started)
      },
    })
    return await done.promise
  } finally {
    await consumer.disconnect()
  }
}
