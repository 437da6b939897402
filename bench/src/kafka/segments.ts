/** What a topic takes when it is older than one segment, as every topic of a user who writes for weeks is. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { UserName } from '@secure-chat/protocol'
import type { Row } from '../report.ts'
import { footprintOf } from './footprint.ts'
import { newRecord } from './record.ts'
import { createMailboxes, openKafkaQueue, type Services } from './services.ts'

const topics = 200
const segments = 4
const segmentMs = 1_000

/** Topics whose segments end after a second instead of a week. */
export async function segmentsRow(services: Services): Promise<Row> {
  const queue = await openKafkaQueue(services.queueUrl, {
    kafkaTopicConfig: `segment.ms=${segmentMs}`,
  })
  try {
    const users = Array.from({ length: topics }, (_, index) => `writer${index}` as UserName)
    const one = () => Promise.all(users.map((user) => queue.enqueue(user, newRecord())))
    await createMailboxes(queue, users)
    await one()
    const before = await footprintOf(services.kafka)
    for (let made = 0; made < segments; made++) {
      // Segments end up to a second late each, so that not all do at once.
      await sleep(2 * segmentMs)
      await one()
    }
    const after = await footprintOf(services.kafka)
    const each = (figure: 'openFiles' | 'maps') =>
      ((after[figure] - before[figure]) / topics / segments).toFixed(2)
    return {
      what: 'each further segment of a topic, of a message',
      value: `${each('openFiles')} open files, ${each('maps')} maps`,
    }
  } finally {
    await queue.close()
  }
}
