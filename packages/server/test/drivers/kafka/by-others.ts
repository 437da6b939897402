/** Somebody else at the same broker, with clients that have nothing to do with the driver. */
import { Admin, Producer } from '@platformatic/kafka'
import type { UserName } from '@secure-chat/protocol'

export interface Others {
  readonly admin: Admin
  /** As raw as a producer can: `null` is a tombstone. */
  write(
    user: UserName,
    values: ReadonlyArray<string | null>,
    options?: { readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' },
  ): Promise<void>
  close(): Promise<void>
}

export const topicOf = (user: UserName) => `user_queue_${user}`

export function othersAt(port: number): Others {
  const options = { clientId: 'others', bootstrapBrokers: [`127.0.0.1:${port}`] }
  const admin = new Admin(options)
  const messagesOf = (user: UserName, values: ReadonlyArray<string | null>) =>
    values.map((value, index) => ({
      topic: topicOf(user),
      partition: 0,
      // A null value is what a compacted topic's clients write to remove a key; the types leave it out.
      value: (value === null ? undefined : Buffer.from(value)) as Buffer,
      ...(index % 2 === 0 && {
        key: Buffer.from('key'),
        headers: new Map([[Buffer.from('origin'), Buffer.from('x')]]),
      }),
    }))
  return {
    admin,
    async write(user, values, { compression = 'none' } = {}) {
      const producer = new Producer(options)
      await producer.send({ messages: messagesOf(user, values), acks: -1, compression })
      await producer.close()
    },
    close: () => admin.close(),
  }
}
