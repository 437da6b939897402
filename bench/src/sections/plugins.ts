import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signUp } from '../load/accounts.ts'
import { type RunningServer, startSecureChat } from '../load/processes.ts'
import { runSendRound, type SendRound, sendRequests } from '../load/send-round.ts'
import { type BenchPlugin, writePlugins } from '../plugins/server-plugins.ts'
import { nanosWithoutPlugins } from '../plugins/without-plugins.ts'
import { median, ms, type Row, type Section } from '../report.ts'

const connections = 64
const users = 32
const requestsPerRound = 12_000
const rounds = 9
const noOps = 10
/** The host's own, for a plugin whose entry says nothing. */
const budgetMs = 250
/** So many that a breaker opens, few enough that they do not wait for each other. */
const sentToHang = 8

/** By a promise, which costs more than an answer at once. */
const noOp = `async () => ({ kind: 'pass' })`

const kinds = {
  none: [],
  noOps: Array.from({ length: noOps }, (_, index) => ({ name: `no-op-${index}`, handler: noOp })),
  hanging: [
    { name: 'hanging', handler: '() => new Promise(() => {})', entry: { onFailure: 'skip' } },
  ],
  isolated: [{ name: 'isolated', handler: noOp, entry: { isolate: true } }],
} as const satisfies Record<string, readonly BenchPlugin[]>

type Kind = keyof typeof kinds

type Side = {
  readonly server: RunningServer
  send(count: number, connections: number): Promise<SendRound>
}

/** `POST /chat/{username}` over servers that differ in their plugins alone and take turns. */
export async function plugins(): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'secure-chat-bench-server-plugins-'))
  const sides = {} as Record<Kind, Side>
  const names = Object.keys(kinds) as Kind[]
  try {
    for (const kind of names) sides[kind] = await startWith(join(folder, kind), kinds[kind])
    const hang = await firstSends(sides)
    const measured = await takeTurns(sides, names)
    return {
      name: 'plugins',
      title: `Plugins of the server: \`POST /chat/{username}\`, 1 KiB, ${connections} connections (median of ${rounds} rounds)`,
      rows: [
        ...noOpRows(measured),
        withoutRow(measured.none),
        hang,
        throughputRow('a plugin that hangs, its breaker open', measured, 'hanging', 0.95),
        throughputRow('one no-op transform in a thread (`isolate: true`)', measured, 'isolated'),
      ],
    }
  } finally {
    await Promise.all(Object.values(sides).map(({ server }) => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startWith(folder: string, list: readonly BenchPlugin[]): Promise<Side> {
  const server = await startSecureChat({
    ...(list.length > 0 && { SECURE_CHAT_CONFIG: writePlugins(folder, list) }),
    // What failures a plugin has is measured, not shown.
    LOG_LEVEL: 'error',
  })
  const recipients = Array.from({ length: users }, (_, index) => `user${index}`)
  const senders = await signUp(server.url, recipients)
  return {
    server,
    send: (count, at) =>
      runSendRound(server, sendRequests(server.url, { senders, recipients, count }), at),
  }
}

/** Before the breaker is open. The same number of sends without plugins says what a send takes by itself. */
async function firstSends({ hanging, none }: Record<Kind, Side>): Promise<Row> {
  const longest = ({ latenciesMs }: SendRound) => Math.max(...latenciesMs)
  const without = longest(await none.send(sentToHang, sentToHang))
  const waited = longest(await hanging.send(sentToHang, sentToHang))
  return {
    what: 'a plugin that hangs on every call, before its breaker opens: the longest of its first sends',
    value: `${ms(waited)} (without plugins ${ms(without)})`,
    goal: `≤ ${budgetMs} ms, its budget, beyond a send without`,
    isMet: waited <= budgetMs + without,
  }
}

type Measured = Record<Kind, readonly SendRound[]>

async function takeTurns(sides: Record<Kind, Side>, names: readonly Kind[]): Promise<Measured> {
  for (const name of names) await sides[name].send(requestsPerRound, connections)
  const measured = Object.fromEntries(names.map((name) => [name, [] as SendRound[]])) as Record<
    Kind,
    SendRound[]
  >
  for (let round = 0; round < rounds; round++) {
    // Each is as often before as behind the others: what the machine does meanwhile meets all of them.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      measured[name].push(await sides[name].send(requestsPerRound, connections))
    }
  }
  return measured
}

function noOpRows(measured: Measured): Row[] {
  const added = differences(measured, 'noOps').map((micros) => micros / noOps)
  const each = median(added)
  return [
    {
      what: `${noOps} no-op transforms: CPU time of each for a message, all threads`,
      value: `${each.toFixed(2)} µs (${added.map((micros) => micros.toFixed(1)).join(', ')})`,
      goal: '≤ 5 µs',
      isMet: each <= 5,
    },
    throughputRow(`${noOps} no-op transforms`, measured, 'noOps', 0.9),
  ]
}

function withoutRow(none: readonly SendRound[]): Row {
  const nanos = nanosWithoutPlugins()
  const send = median(none.map(({ cpuMicros }) => cpuMicros))
  const share = nanos / 1000 / send
  return {
    what: 'no plugins installed: what asking for them costs a send',
    value: `${nanos.toFixed(1)} ns, ${(share * 100).toFixed(3)} % of its ${send.toFixed(0)} µs of CPU time`,
    goal: '≤ 1 %',
    isMet: share <= 0.01,
  }
}

function throughputRow(what: string, measured: Measured, kind: Kind, goal?: number): Row {
  const ratios = measured[kind].map(
    ({ perSecond }, round) => perSecond / (measured.none[round]?.perSecond ?? Number.NaN),
  )
  const ratio = median(ratios)
  const cpu = median(differences(measured, kind))
  return {
    what: `${what}: requests per second against none`,
    value: `${ratio.toFixed(2)} (${ratios.map((one) => one.toFixed(2)).join(', ')}), ${cpu.toFixed(1)} µs more of CPU time`,
    ...(goal !== undefined && { goal: `≥ ${goal.toFixed(2)}`, isMet: ratio >= goal }),
  }
}

/** CPU time of a send beyond the same without plugins, in microseconds, round by round. */
function differences(measured: Measured, kind: Kind): number[] {
  return measured[kind].map(
    ({ cpuMicros }, round) => cpuMicros - (measured.none[round]?.cpuMicros ?? Number.NaN),
  )
}
