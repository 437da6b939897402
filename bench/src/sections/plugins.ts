import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SendRound } from '../load/send-round.ts'
import { type PluginServer, startWithPlugins } from '../plugins/plugin-server.ts'
import type { BenchPlugin } from '../plugins/server-plugins.ts'
import { nanosWithoutPlugins } from '../plugins/without-plugins.ts'
import { median, ms, percentile, type Row, type Section } from '../report.ts'

const connections = 64
/** Short, so that what else the machine does meets all servers of a round alike. */
const requestsPerRound = 4000
const rounds = 61
const warmUp = 12_000
const noOps = 10
/** The host's own, for a plugin whose entry says nothing. */
const budgetMs = 250
/** So many that a breaker opens, few enough that they do not wait for each other. */
const sentToHang = 8
const sentWithout = 2000
/** Sends before a plugin begins to hang: by then the server is warm, and what is late is late by the plugin. */
const sentBefore = 2000

const atOnce = `() => ({ kind: 'pass' })`
const byPromise = `async ${atOnce}`
const hangs = `(() => {
  let calls = 0
  return () => (calls++ < ${sentBefore} ? { kind: 'pass' } : new Promise(() => {}))
})()`
const several = (handler: string) =>
  Array.from({ length: noOps }, (_, index) => ({ name: `no-op-${index}`, handler }))

/** In this order in each round. The same server without plugins comes twice: its two processes differ by chance alone. */
const kinds = {
  none: [],
  sync: several(atOnce),
  hanging: [{ name: 'hanging', handler: hangs, entry: { onFailure: 'skip' } }],
  noneAgain: [],
  promises: several(byPromise),
  isolated: [{ name: 'isolated', handler: byPromise, entry: { isolate: true } }],
} as const satisfies Record<string, readonly BenchPlugin[]>

type Kind = keyof typeof kinds
const names = Object.keys(kinds) as Kind[]

/** `POST /chat/{username}` over servers that differ in their plugins alone and take turns. */
export async function plugins(): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'secure-chat-bench-server-plugins-'))
  const servers = {} as Record<Kind, PluginServer>
  try {
    for (const name of names) servers[name] = await startWithPlugins(folder, name, kinds[name])
    const firstHung = await firstSends(servers)
    const measured = await takeTurns(servers)
    return {
      name: 'plugins',
      title: `Plugins of the server: \`POST /chat/{username}\`, 1 KiB, ${connections} connections (median of ${rounds} rounds)`,
      rows: [
        ...noOpRows('that answer at once', measured.sync, measured, 0.9),
        ...noOpRows('that answer by a promise', measured.promises, measured),
        withoutRow(measured),
        firstHung,
        throughputRow('a plugin that hangs, its breaker open', measured.hanging, measured, 0.95),
        throughputRow(
          'one no-op transform in a thread (`isolate: true`)',
          measured.isolated,
          measured,
        ),
        throughputRow('no plugins, a second time, which chance alone moves', measured.noneAgain, {
          ...measured,
          noneAgain: measured.none,
        }),
      ],
    }
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Before the breaker is open. Many sends without plugins say what a send may take by itself. */
async function firstSends({ hanging, none }: Record<Kind, PluginServer>): Promise<Row> {
  const longest = ({ latenciesMs }: SendRound) => Math.max(...latenciesMs)
  await none.send(sentBefore, sentToHang)
  const without = longest(await none.send(sentWithout, sentToHang))
  await hanging.send(sentBefore, sentToHang)
  const waited = longest(await hanging.send(sentToHang, sentToHang))
  return {
    what: `a plugin that hangs on every call, before its breaker opens: the longest of ${sentToHang} sends at once`,
    value: `${ms(waited)} (of ${sentWithout} without plugins ${ms(without)})`,
    goal: `≤ ${budgetMs} ms, its budget, beyond the longest without`,
    // A timer of Node counts whole milliseconds.
    isMet: waited <= budgetMs + 1 + without,
  }
}

type Measured = Readonly<Record<Kind, readonly SendRound[]>>

async function takeTurns(servers: Record<Kind, PluginServer>): Promise<Measured> {
  const measured = Object.fromEntries(names.map((name) => [name, [] as SendRound[]])) as Record<
    Kind,
    SendRound[]
  >
  for (const name of names) await servers[name].send(warmUp, connections)
  for (let round = 0; round < rounds; round++) {
    // Always in one order, so that each has rested as long as the others: one that comes twice in a row is warmer.
    for (const name of names) {
      measured[name].push(await servers[name].send(requestsPerRound, connections))
    }
  }
  return measured
}

/** The goal is for what does nothing; a promise is something, and printed beside it. */
function noOpRows(
  how: string,
  sent: readonly SendRound[],
  measured: Measured,
  goal?: number,
): Row[] {
  const what = `${noOps} no-op transforms ${how}`
  const each = addedMicros(sent, measured) / noOps
  return [
    {
      what: `${what}: CPU time of each for a message, all threads`,
      value: `${each.toFixed(2)} µs`,
      goal: '≤ 5 µs',
      isMet: each <= 5,
    },
    throughputRow(what, sent, measured, goal),
  ]
}

function withoutRow({ none }: Measured): Row {
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

function throughputRow(
  what: string,
  sent: readonly SendRound[],
  measured: Measured,
  goal?: number,
): Row {
  const ratios = sent.map(({ perSecond }, round) => perSecond / without(measured, round).perSecond)
  const [ratio, low, high] = [median(ratios), percentile(ratios, 25), percentile(ratios, 75)]
  return {
    what: `${what}: requests per second against none`,
    value: `${ratio.toFixed(2)} (middle half ${low.toFixed(2)} to ${high.toFixed(2)}), ${addedMicros(sent, measured).toFixed(1)} µs more of CPU time`,
    ...(goal !== undefined && { goal: `≥ ${goal.toFixed(2)}`, isMet: ratio >= goal }),
  }
}

/** CPU time of a send beyond the same without plugins, in microseconds. */
function addedMicros(sent: readonly SendRound[], measured: Measured): number {
  return median(sent.map(({ cpuMicros }, round) => cpuMicros - without(measured, round).cpuMicros))
}

/** Of the two servers without plugins, in the middle. */
function without({ none, noneAgain }: Measured, round: number) {
  const both = [none[round], noneAgain[round]].filter((one) => one !== undefined)
  const middle = (of: (one: SendRound) => number) =>
    both.reduce((sum, one) => sum + of(one), 0) / both.length
  return {
    perSecond: middle(({ perSecond }) => perSecond),
    cpuMicros: middle(({ cpuMicros }) => cpuMicros),
  }
}
