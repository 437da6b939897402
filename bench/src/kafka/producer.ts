/**
 * A process that does nothing but enqueue, so that its CPU time is the producer's:
 * `node --conditions=source bench/src/kafka/producer.ts kafka://HOST:PORT` prints what it measured as JSON.
 */
import type { UserName } from '@secure-chat/protocol'
import { newRecord } from './record.ts'
import { createMailboxes, openKafkaQueue } from './services.ts'

/** What the process prints; microseconds of CPU time, user and system, of all its threads. */
export type ProducerCost = { readonly perSecond: number; readonly cpuMicros: number }

const mailboxes = 1_000
const inFlight = 256
const warmUp = 50_000
const messages = 60_000
const rounds = 3

const users = Array.from({ length: mailboxes }, (_, index) => `user-${index}` as UserName)
const record = newRecord()

const queue = await openKafkaQueue(process.argv[2] ?? '')
try {
  await createMailboxes(queue, users)
  await enqueueMany(warmUp)
  const costs: ProducerCost[] = []
  for (let round = 0; round < rounds; round++) costs.push(await measure())
  process.stdout.write(JSON.stringify(costs))
} finally {
  await queue.close()
}

async function measure(): Promise<ProducerCost> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  await enqueueMany(messages)
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: messages / seconds, cpuMicros: (user + system) / messages }
}

/** As many as requests wait at any time, each followed by the next. */
async function enqueueMany(count: number): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) {
      const user = users[(next++ * 7) % mailboxes]
      if (user === undefined) throw new Error('There are no users')
      await queue.enqueue(user, record)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
}
