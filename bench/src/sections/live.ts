import { setTimeout as sleep } from 'node:timers/promises'
import { rawRequest, signUp } from '../load/accounts.ts'
import { type Connection, openConnections } from '../load/http-load.ts'
import { startSecureChat } from '../load/processes.ts'
import { openStream } from '../load/streams.ts'
import { ms, percentile, type Section } from '../report.ts'

const streams = 200
const perSecond = 1_000
const seconds = 30
const total = perSecond * seconds
/** Divides the number of streams, so that a recipient's messages all come over one connection. */
const senders = 20

/** Send → stream event, 200 streams, 1,000 messages a second for 30 seconds. */
export async function live(): Promise<Section> {
  const server = await startSecureChat()
  try {
    const accounts = await signUp(
      server.url,
      Array.from({ length: streams }, (_, index) => `user${String(index).padStart(3, '0')}`),
    )
    const sentAt = new Map<string, number>()
    const latencies: number[] = []
    const received = new Map<string, string[]>()
    const open = await Promise.all(
      accounts.map((account) =>
        openStream(server.url, account, (data) => {
          const record = JSON.parse(data) as { type?: string; message: string }
          if (record.type !== 'CHAT_MESSAGE') return
          const mark = record.message.slice(0, record.message.indexOf(' '))
          latencies.push(performance.now() - (sentAt.get(mark) ?? Number.NaN))
          const list = received.get(account.name) ?? []
          list.push(mark)
          received.set(account.name, list)
        }),
      ),
    )
    const expected = new Map<string, string[]>()
    // One sender a connection, one connection a recipient in turn: the order to each recipient is defined.
    const connections = await openConnections(server.url, senders)
    const started = performance.now()
    const next = async (connection: Connection, index: number) => {
      for (let number = index; number < total; number += senders) {
        const due = started + (number * 1_000) / perSecond
        const wait = due - performance.now()
        if (wait > 1) await sleep(wait)
        const to = accounts[number % accounts.length]
        const from = accounts[(number + 1) % accounts.length]
        if (!to || !from) throw new Error('There are no accounts')
        const mark = `m${number}`
        expected.set(to.name, [...(expected.get(to.name) ?? []), mark])
        const message = `${mark} ${'x'.repeat(1000)}`
        const request = rawRequest(server.url, from, 'POST', `/chat/${to.name}`, { message })
        sentAt.set(mark, performance.now())
        await connection.exchange(request)
      }
    }
    await Promise.all(connections.map(next))
    for (const connection of connections) connection.close()
    for (let waited = 0; latencies.length < total && waited < 5_000; waited += 50) await sleep(50)
    for (const stream of open) stream.close()
    const isExact = [...expected].every(
      ([name, marks]) => received.get(name)?.join() === marks.join(),
    )
    const p50 = percentile(latencies, 50)
    const p99 = percentile(latencies, 99)
    return {
      name: 'live',
      title: `Live delivery: ${streams} streams, ${perSecond} messages/s of 1 KiB for ${seconds} s`,
      rows: [
        { what: 'send → stream event, p50', value: ms(p50), goal: '≤ 5 ms', isMet: p50 <= 5 },
        { what: 'send → stream event, p99', value: ms(p99), goal: '≤ 50 ms', isMet: p99 <= 50 },
        {
          what: 'delivered once and in order',
          value: `${latencies.length} of ${total}`,
          goal: 'all',
          isMet: isExact && latencies.length === total,
        },
      ],
    }
  } finally {
    await server.stop()
  }
}
