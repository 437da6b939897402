import { defineServerPlugin } from '@secure-chat/plugin-sdk/server'
import { accessOf } from './access.ts'
import { kafkajsConfig } from './config.ts'
import { openQueue } from './open-queue.ts'

const dayMs = 24 * 3600 * 1000

/** The queue on Kafka by kafkajs: `QUEUE_URL=kafkajs://host:port`. */
export default defineServerPlugin({
  name: 'queue-kafkajs',
  apiVersion: 1,
  capabilities: ['queueDriver'],
  config: kafkajsConfig,
  create({ metrics }, config) {
    const skipped = metrics.counter(
      'skipped_records',
      'Records of mailboxes that were passed over because they are no messages',
    )
    return {
      queueDriver: {
        scheme: 'kafkajs',
        open: async (url, { log }) =>
          openQueue({
            access: await accessOf(url, config, { log, env: process.env }),
            topics: {
              replicationFactor: config.replicationFactor,
              retentionMs: Math.round(config.retentionDays * dayMs),
              retentionBytes: config.retentionBytes,
              topicConfig: config.topicConfig,
            },
            log,
            onSkipped: () => skipped.add(),
          }),
      },
    }
  },
})
