/** A broker (and where asked a database) of the section's own, in a folder that goes with it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Service, startKafka, startMongo } from '@secure-chat/e2e/services'
import { settingsFrom } from '../../../packages/server/src/config.ts'
import { openQueue } from '../../../packages/server/src/engines.ts'
import { systemClock } from '../../../packages/server/src/ops/system-clock.ts'
import { type MessageQueue, silentLog } from '../../../packages/server/src/ports/index.ts'

export type Services = {
  readonly kafka: Service
  readonly queueUrl: string
  /** Of the MongoDB stand-in, started by the first who asks. */
  databaseUrl(): Promise<string>
  /** The broker goes down in order and comes up on the same folder; resolves when it takes connections. */
  restart(): Promise<Service>
  stop(): Promise<void>
}

export async function startServices(): Promise<Services> {
  const folder = mkdtempSync(join(tmpdir(), 'secure-chat-bench-'))
  const start = () => startKafka({ folder: join(folder, 'kafka') })
  let kafka = await start()
  let mongo: Service | undefined
  return {
    kafka,
    queueUrl: `kafka://${kafka.address}`,
    async databaseUrl() {
      mongo ??= await startMongo({ folder: join(folder, 'mongo') })
      return `mongodb://${mongo.address}/secure-chat`
    },
    async restart() {
      await kafka.stop()
      kafka = await start()
      return kafka
    },
    async stop() {
      await Promise.all([kafka.stop(), mongo?.stop()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The port over that broker, in this process. */
export function openKafkaQueue(queueUrl: string): Promise<MessageQueue> {
  return openQueue(settingsFrom({ queueUrl }), { clock: systemClock, log: silentLog })
}
