import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { cpuMicros } from '../load/cpu-time.ts'
import { liveDelivery, liveRows } from '../load/live-delivery.ts'
import { runSendRound, type SendRound, sendRequests } from '../load/send-round.ts'
import { type OpenStream, openStream } from '../load/streams.ts'
import { median, ms, percentile, type Row, type Section } from '../report.ts'
import { type ServerWithUsers, startServerWithUsers } from './server-with-users.ts'
import { type Services, startServices } from './services.ts'

const users = 1_000
const senders = 32
const sending = { connections: 256, count: 8_000, warmUps: 3, rounds: 7 }
const streams = 200
const live = { perSecond: 200, seconds: 15, warmUpSeconds: 5 }
const idleSeconds = 10

type Both<T> = { readonly plugin: T; readonly own: T }

/** The plugin queue-kafkajs against the server's own driver: the same topics on one broker, taking turns. */
export async function kafkaKafkajs(): Promise<Section> {
  const services = await startServices()
  const folder = mkdtempSync(join(tmpdir(), 'secure-chat-bench-'))
  const servers = await startBoth(services, folder)
  try {
    const rounds = await sendInTurns(servers)
    const idle = await eachOf(servers, idleMillis)
    const delivered = await eachOf(servers, (server) =>
      liveDelivery(server, server.accounts.slice(0, streams), live),
    )
    return {
      name: '--engine kafka kafkajs',
      title: "The plugin queue-kafkajs against the server's own driver, on the same broker",
      rows: [
        ...sendRows(rounds),
        {
          what: `${users.toLocaleString('en')} streams in which nothing happens: CPU time of the server in a second`,
          value: `${ms(idle.plugin)}, own ${ms(idle.own)}`,
        },
        ...(['plugin', 'own'] as const).flatMap((driver) =>
          liveRows(delivered[driver]).map((row) => ({
            ...row,
            what: `${streams} streams, ${live.perSecond} messages/s, ${driver === 'own' ? 'own driver' : 'kafkajs'}: ${row.what}`,
          })),
        ),
      ],
    }
  } finally {
    await Promise.all([servers.plugin.stop(), servers.own.stop()])
    rmSync(folder, { recursive: true, force: true })
    await services.stop()
  }
}

async function startBoth(services: Services, folder: string): Promise<Both<ServerWithUsers>> {
  const config = join(folder, 'secure-chat.config.json')
  const use = fileURLToPath(new URL('../../../plugins/queue-kafkajs', import.meta.url))
  writeFileSync(config, JSON.stringify({ plugins: [{ use, grant: ['queueDriver'] }] }))
  const env = { QUEUE_URL: services.queueUrl }
  const own = await startServerWithUsers(users, env)
  const plugin = await startServerWithUsers(users, env, {
    QUEUE_URL: services.queueUrl.replace('kafka:', 'kafkajs:'),
    SECURE_CHAT_CONFIG: config,
  })
  return { plugin, own }
}

/** One after the other, so that neither is measured under the other's load. */
async function eachOf<T>(
  { plugin, own }: Both<ServerWithUsers>,
  measure: (server: ServerWithUsers) => Promise<T>,
): Promise<Both<T>> {
  return { plugin: await measure(plugin), own: await measure(own) }
}

async function sendInTurns(servers: Both<ServerWithUsers>): Promise<readonly Both<SendRound>[]> {
  const rounds: Both<SendRound>[] = []
  for (let round = -sending.warmUps; round < sending.rounds; round++) {
    const pair = await eachOf(servers, (server) => {
      const { accounts } = server
      const requests = sendRequests(server.url, {
        senders: accounts.slice(0, senders),
        recipients: accounts.map(({ name }) => name),
        count: sending.count,
      })
      return runSendRound(server, requests, sending.connections)
    })
    if (round >= 0) rounds.push(pair)
  }
  return rounds
}

function sendRows(rounds: readonly Both<SendRound>[]): readonly Row[] {
  const ratios = rounds.map(({ plugin, own }) => plugin.perSecond / own.perSecond)
  const cpuOf = (driver: keyof Both<SendRound>) =>
    median(rounds.map((each) => each[driver].cpuMicros))
  const costs = { plugin: cpuOf('plugin'), own: cpuOf('own') }
  const latencies = (driver: keyof Both<SendRound>) => {
    const all = rounds.flatMap((each) => each[driver].latenciesMs)
    return `${ms(percentile(all, 50))} / ${ms(percentile(all, 99))}`
  }
  return [
    {
      what: `\`POST /chat/{username}\` to ${users.toLocaleString('en')} topics, 1 KiB, ${sending.connections} in flight, acks=all: requests per second against the own driver (median of ${rounds.length} pairs)`,
      value: `${median(ratios).toFixed(2)} (${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`,
    },
    {
      what: 'CPU time of a request, all threads of the server, against the own driver',
      value: `${(costs.plugin / costs.own).toFixed(2)} (${costs.plugin.toFixed(0)} µs against ${costs.own.toFixed(0)} µs)`,
    },
    {
      what: 'latency at full load, p50 / p99',
      value: `${latencies('plugin')}, own ${latencies('own')}`,
    },
  ]
}

/** CPU time of the server in a second, in milliseconds, while every account has a stream open and nobody writes. */
async function idleMillis({ url, pid, accounts }: ServerWithUsers): Promise<number> {
  const open: OpenStream[] = []
  for (const account of accounts) open.push(await openStream(url, account, () => undefined))
  await sleep(5_000)
  const before = cpuMicros(pid)
  await sleep(idleSeconds * 1_000)
  const millis = (cpuMicros(pid) - before) / idleSeconds / 1_000
  for (const stream of open) stream.close()
  return millis
}
