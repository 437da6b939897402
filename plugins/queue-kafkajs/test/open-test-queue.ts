import type { OpenQueue } from '@secure-chat/e2e/kafka-rules'
import type { MessageQueue, ServerContext } from '@secure-chat/plugin-sdk/server'
import { accessOf } from '../src/access.ts'
import { kafkajsConfig } from '../src/config.ts'
import { openQueue } from '../src/open-queue.ts'

const nothing = () => undefined
export const silentLog: ServerContext['log'] = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
}

/** A queue on the broker at this address, as the plugin opens it. */
export async function openTestQueue(
  address: string,
  more: {
    readonly config?: object
    readonly topicConfig?: Readonly<Record<string, string>>
    readonly log?: ServerContext['log']
    readonly onSkipped?: () => void
  } = {},
): Promise<MessageQueue> {
  const log = more.log ?? silentLog
  const config = kafkajsConfig.parse(more.config ?? {})
  return openQueue({
    access: await accessOf(new URL(`kafkajs://${address}`), config, { log, env: process.env }),
    // Records of tests carry fixed times: retention must not take them for old.
    topics: {
      replicationFactor: undefined,
      retentionMs: 100 * 365 * 24 * 3600 * 1000,
      retentionBytes: 2 ** 30,
      topicConfig: more.topicConfig ?? {},
    },
    log,
    onSkipped: more.onSkipped ?? nothing,
  })
}

export const openForRules: OpenQueue = ({ address }, heard) =>
  openTestQueue(address, {
    ...(heard && {
      log: { ...silentLog, warn: (fields) => heard.onWarning(Object(fields)) },
      onSkipped: () => heard.onSkipped(),
    }),
  })
