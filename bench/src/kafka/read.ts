import { authorization, type LoadAccount, rawRequest } from '../load/accounts.ts'
import { runLoad } from '../load/http-load.ts'
import { median, ms, percentile, type Section } from '../report.ts'
import { groupReadMs } from './group-read.ts'
import { startServerWithUsers } from './server-with-users.ts'
import { startServices } from './services.ts'

const readers = 16
const page = 100
const reads = 320
const rounds = 5
const groupReads = 3
const goalMs = 5
const message = 'x'.repeat(1024)

/** `GET /chat/messages` of 100 × 1 KiB, and a consumer group that reads the same mailbox. */
export async function kafkaRead(): Promise<Section> {
  const services = await startServices()
  const server = await startServerWithUsers(readers, { QUEUE_URL: services.queueUrl })
  try {
    const { accounts } = server
    await fillMailboxes(server.url, accounts)
    const times = await readMailboxes(server.url, accounts)
    // The first group of a broker waits for the topic of offsets, which later ones find.
    const topic = `user_queue_${accounts[0]?.name}`
    await groupReadMs(services.kafka.address, topic, page)
    const groupTimes: number[] = []
    for (let count = 0; count < groupReads; count++) {
      groupTimes.push(await groupReadMs(services.kafka.address, topic, page))
    }
    const p50 = percentile(times, 50)
    const group = median(groupTimes)
    return {
      name: '--engine kafka read',
      title: `Reading from Kafka: \`GET /chat/messages\`, ${page} × 1 KiB`,
      rows: [
        {
          what: 'p50 / p99 of a whole mailbox over HTTP',
          value: `${ms(p50)} / ${ms(percentile(times, 99))}`,
          goal: `p50 ≤ ${goalMs} ms`,
          isMet: p50 <= goalMs,
        },
        {
          what: `a kafkajs consumer group reading the same mailbox from its earliest offset (median of ${groupReads})`,
          value: `${ms(group)}, ${Math.round(group / p50).toLocaleString('en')} times as long`,
        },
      ],
    }
  } finally {
    await server.stop()
    await services.stop()
  }
}

/** As many messages in each mailbox as a page holds, and a look whether a page gives them all. */
export async function fillMailboxes(url: URL, accounts: readonly LoadAccount[]): Promise<void> {
  const requests = Array.from({ length: page }, () =>
    accounts.map((account) =>
      rawRequest(url, account, 'POST', `/chat/${account.name}`, { message }),
    ),
  )
  await runLoad(url, requests.flat(), 64)
  for (const account of accounts) {
    const target = `/chat/messages?limit=${page}`
    const answer = await fetch(new URL(target, url), {
      headers: { authorization: authorization(account, 'GET', target) },
    })
    const { messages } = (await answer.json()) as { messages: readonly unknown[] }
    if (messages.length !== page) throw new Error(`${account.name} has ${messages.length} messages`)
  }
}

/** One read at a time, each of another mailbox than the one before. */
export async function readMailboxes(url: URL, accounts: readonly LoadAccount[]): Promise<number[]> {
  const measure = async () => {
    const requests = Array.from({ length: reads / accounts.length }, () =>
      accounts.map((account) => rawRequest(url, account, 'GET', `/chat/messages?limit=${page}`)),
    )
    const { latenciesMs } = await runLoad(url, requests.flat(), 1)
    return latenciesMs
  }
  await measure()
  const times: number[] = []
  for (let round = 0; round < rounds; round++) times.push(...(await measure()))
  return times
}
