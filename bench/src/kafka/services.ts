/** A broker (and where asked a database) of the section's own, in a folder that goes with it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runningIn, type Service, startKafka, startMongo } from '@secure-chat/e2e/services'
import type { UserName } from '@secure-chat/protocol'
import { settingsFrom } from '../../../packages/server/src/config.ts'
import { openQueue } from '../../../packages/server/src/engines.ts'
import { systemClock } from '../../../packages/server/src/ops/system-clock.ts'
import { type MessageQueue, silentLog } from '../../../packages/server/src/ports/index.ts'

export type Services = {
  readonly kafka: Service
  readonly queueUrl: string
  /** Of the MongoDB stand-in, started by the first who asks. */
  databaseUrl(): Promise<string>
  /** The broker is killed and comes up on the same folder; resolves when it takes connections. */
  killAndStart(): Promise<void>
  stop(): Promise<void>
}

/** `heapMiB` is the broker's. */
export async function startServices({ heapMiB = 512 } = {}): Promise<Services> {
  const folder = mkdtempSync(join(tmpdir(), 'secure-chat-bench-'))
  const broker = join(folder, 'kafka')
  const kafka = await startKafka({ folder: broker, heapMiB, isMeasured: true })
  let mongo: Service | undefined
  return {
    kafka,
    queueUrl: `kafka://${kafka.address}`,
    async databaseUrl() {
      mongo ??= await startMongo({ folder: join(folder, 'mongo'), isMeasured: true })
      return `mongodb://${mongo.address}/secure-chat`
    },
    async killAndStart() {
      await kafka.kill()
      await startKafka({ folder: broker, heapMiB, isMeasured: true })
    },
    async stop() {
      await Promise.all([runningIn(broker)?.stop(), mongo?.stop()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The port over that broker, in this process, with settings by their keys. */
export function openKafkaQueue(
  queueUrl: string,
  more: Readonly<Record<string, string>> = {},
): Promise<MessageQueue> {
  return openQueue(settingsFrom({ queueUrl, ...more }), { clock: systemClock, log: silentLog })
}

/** As many topics at once as the driver puts into a request. */
const madeAtOnce = 100

/** Mailboxes for all of them, through the port. */
export async function createMailboxes(
  queue: MessageQueue,
  users: readonly UserName[],
): Promise<void> {
  for (let from = 0; from < users.length; from += madeAtOnce) {
    const some = users.slice(from, from + madeAtOnce)
    await Promise.all(some.map((user) => queue.createMailbox(user)))
  }
}
