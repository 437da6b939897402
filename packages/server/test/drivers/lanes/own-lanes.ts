import { randomUUID } from 'node:crypto'
import { type Service, sharedKafka } from '@secure-chat/e2e/services'
import { type LanesQueue, openLanesQueue } from '../../../src/drivers/lanes/index.ts'
import { ownDatabase } from '../mongo/own-database.ts'

type LanesQueueOptions = Parameters<typeof openLanesQueue>[0]

export interface OwnLanes {
  /** Another node on the same topic and database. */
  open(more?: Partial<LanesQueueOptions>): Promise<LanesQueue>
  readonly options: LanesQueueOptions
  /** Closes every node and drops the database; the topic goes with the broker of the run. */
  close(): Promise<void>
}

/** Records of tests carry fixed times: retention must not take them for old. */
const never = { retentionMs: 100 * 365 * 24 * 3600 * 1000, retentionBytes: 2 ** 30, config: {} }

/** A topic and a database of the caller's own on the services of the run, or on the given MongoDB. */
export async function ownLanes(lanes = 4, mongo?: Service): Promise<OwnLanes> {
  const [{ port }, database] = await Promise.all([sharedKafka(), ownDatabase(mongo)])
  const opened: LanesQueue[] = []
  const options: LanesQueueOptions = {
    access: { brokers: [{ host: '127.0.0.1', port }] },
    topics: never,
    databaseUrl: database.url,
    lanes,
    clock: { now: () => Date.now() },
    topicName: `user_lanes_${randomUUID()}`,
  }
  return {
    options,
    async open(more) {
      const queue = await openLanesQueue({ ...options, ...more })
      opened.push(queue)
      return queue
    },
    async close() {
      for (const queue of opened) await queue.close()
      await database.drop()
    },
  }
}
