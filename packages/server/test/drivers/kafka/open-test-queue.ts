import type { OpenQueue } from '@secure-chat/e2e/kafka-rules'
import { type KafkaQueueOptions, openKafkaTopicsQueue } from '../../../src/drivers/kafka/index.ts'
import { type MessageQueue, silentLog } from '../../../src/ports/index.ts'

/** Records of tests carry fixed times: retention must not take them for old. */
const never = { retentionMs: 100 * 365 * 24 * 3600 * 1000, retentionBytes: 2 ** 30, config: {} }

/** A queue on the broker at this port of the machine. */
export function openTestQueue(
  port: number,
  more: Partial<KafkaQueueOptions> = {},
): Promise<MessageQueue> {
  return openKafkaTopicsQueue({
    access: { brokers: [{ host: '127.0.0.1', port }] },
    topics: never,
    ...more,
  })
}

export const openForRules: OpenQueue = ({ port }, heard) =>
  openTestQueue(port, {
    ...(heard && {
      log: { ...silentLog, warn: (fields) => heard.onWarning(Object(fields)) },
      onSkipped: () => heard.onSkipped(),
    }),
  })
