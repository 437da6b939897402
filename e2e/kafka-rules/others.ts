/** Somebody else at the same broker, with kafkajs's own producers. */
import { type Admin, CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs'

export interface Others {
  readonly admin: Admin
  /** `null` is a tombstone. */
  write(
    user: string,
    values: ReadonlyArray<string | null>,
    options?: { readonly compression?: CompressionTypes },
  ): Promise<void>
  writeInTransaction(user: string, values: readonly string[]): Promise<void>
  close(): Promise<void>
}

export const topicOf = (user: string) => `user_queue_${user}`

export async function othersAt(address: string): Promise<Others> {
  const kafka = new Kafka({ clientId: 'others', brokers: [address], logLevel: logLevel.NOTHING })
  const createPartitioner = Partitioners.DefaultPartitioner
  const admin = kafka.admin()
  await admin.connect()
  const messagesOf = (values: ReadonlyArray<string | null>) =>
    values.map((value) => ({ key: 'key', value, partition: 0, headers: { origin: 'others' } }))
  return {
    admin,
    async write(user, values, { compression = CompressionTypes.None } = {}) {
      const producer = kafka.producer({ createPartitioner })
      await producer.connect()
      await producer.send({ topic: topicOf(user), messages: messagesOf(values), compression })
      await producer.disconnect()
    },
    async writeInTransaction(user, values) {
      const transactionalId = `others-${user}`
      const producer = kafka.producer({ createPartitioner, transactionalId, idempotent: true })
      await producer.connect()
      const transaction = await producer.transaction()
      await transaction.send({ topic: topicOf(user), messages: messagesOf(values) })
      await transaction.commit()
      await producer.disconnect()
    },
    close: () => admin.disconnect(),
  }
}
