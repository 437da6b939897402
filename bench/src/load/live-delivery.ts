/** Send → stream event: many open streams, messages at a steady rate, each counted and its order checked. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ms, percentile, type Row } from '../report.ts'
import { type LoadAccount, rawRequest } from './accounts.ts'
import { type Connection, openConnections } from './http-load.ts'
import { type RunningServer, residentBytes } from './processes.ts'
import { type OpenStream, openStream } from './streams.ts'

export type LiveLoad = {
  readonly perSecond: number
  readonly seconds: number
  /** Before them, at the same rate: delivered and in order like the rest, but not timed. */
  readonly warmUpSeconds: number
}

export type LiveResult = {
  readonly latenciesMs: readonly number[]
  readonly sent: number
  readonly delivered: number
  /** Every stream got what was sent to its user, once and in order. */
  readonly isExact: boolean
  /** Growth of the server's resident memory while the streams opened, for each. */
  readonly kibOfStream: number
}

/** Divides the number of accounts, so that a recipient's messages all come over one connection. */
const senders = 20
const openAtOnce = 100

/** Each account has a stream open. */
export async function liveDelivery(
  server: RunningServer,
  accounts: readonly LoadAccount[],
  load: LiveLoad,
): Promise<LiveResult> {
  const sentAt = new Map<string, number>()
  const received = new Map<string, string[]>(accounts.map(({ name }) => [name, []]))
  const latenciesMs: number[] = []
  const warmUps = load.perSecond * load.warmUpSeconds
  const sent = warmUps + load.perSecond * load.seconds
  let delivered = 0
  const before = residentBytes(server.pid)
  const open = await openStreams(server.url, accounts, (name, data) => {
    const record = JSON.parse(data) as { type?: string; message: string }
    if (record.type !== 'CHAT_MESSAGE') return
    const mark = record.message.slice(0, record.message.indexOf(' '))
    delivered += 1
    if (Number(mark) >= warmUps) {
      latenciesMs.push(performance.now() - (sentAt.get(mark) ?? Number.NaN))
    }
    received.get(name)?.push(mark)
  })
  const kibOfStream = (residentBytes(server.pid) - before) / accounts.length / 1024
  const expected = await sendSteadily(server.url, accounts, { ...load, count: sent }, sentAt)
  for (let waited = 0; delivered < sent && waited < 5_000; waited += 50) await sleep(50)
  for (const stream of open) stream.close()
  const isExact = [...received].every(
    ([name, marks]) => (expected.get(name) ?? []).join() === marks.join(),
  )
  return { latenciesMs, sent, delivered, isExact, kibOfStream }
}

async function openStreams(
  url: URL,
  accounts: readonly LoadAccount[],
  onData: (name: string, data: string) => void,
): Promise<OpenStream[]> {
  const open: OpenStream[] = []
  for (let from = 0; from < accounts.length; from += openAtOnce) {
    const more = accounts.slice(from, from + openAtOnce)
    open.push(
      ...(await Promise.all(
        more.map((account) => openStream(url, account, (data) => onData(account.name, data))),
      )),
    )
  }
  return open
}

/** One sender a connection, one connection a recipient in turn: the order to each recipient is defined. */
async function sendSteadily(
  url: URL,
  accounts: readonly LoadAccount[],
  { perSecond, count }: { readonly perSecond: number; readonly count: number },
  sentAt: Map<string, number>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const expected = new Map<string, string[]>(accounts.map(({ name }) => [name, []]))
  const connections = await openConnections(url, senders)
  const started = performance.now()
  const send = async (connection: Connection, index: number) => {
    for (let number = index; number < count; number += senders) {
      const wait = started + (number * 1_000) / perSecond - performance.now()
      if (wait > 1) await sleep(wait)
      const to = accounts[number % accounts.length]
      const from = accounts[(number + 1) % accounts.length]
      if (!to || !from) throw new Error('There are no accounts')
      const mark = String(number)
      expected.get(to.name)?.push(mark)
      const message = `${mark} ${'x'.repeat(1000)}`
      const request = rawRequest(url, from, 'POST', `/chat/${to.name}`, { message })
      sentAt.set(mark, performance.now())
      await connection.exchange(request)
    }
  }
  await Promise.all(connections.map(send))
  for (const connection of connections) connection.close()
  return expected
}

/** Goals in milliseconds; left out for a run that only explains. */
export function liveRows(
  { latenciesMs, sent, delivered, isExact }: LiveResult,
  goals?: { readonly p50: number; readonly p99: number },
): Row[] {
  const p50 = percentile(latenciesMs, 50)
  const p99 = percentile(latenciesMs, 99)
  return [
    {
      what: 'send → stream event, p50',
      value: ms(p50),
      ...(goals && { goal: `≤ ${goals.p50} ms`, isMet: p50 <= goals.p50 }),
    },
    {
      what: 'send → stream event, p99',
      value: ms(p99),
      ...(goals && { goal: `≤ ${goals.p99} ms`, isMet: p99 <= goals.p99 }),
    },
    {
      what: 'delivered once and in order',
      value: `${delivered} of ${sent}`,
      goal: 'all',
      isMet: isExact && delivered === sent,
    },
  ]
}
