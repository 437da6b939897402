/**
 * `npm run soak [-- --rounds N] [--seed TEXT] [--layout topics|lanes]`: kill -9 of broker, node and MongoDB in turn under load, 50 rounds
 * unless said otherwise. Exit code 1 when anything acknowledged is lost, reordered or altered.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { servicesMissing } from '@secure-chat/e2e/services'
import type { Verdict } from './load/judge.ts'
import { soak } from './load/soak.ts'
import { tearDown } from './setup/tear-down.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    seed: { type: 'string' },
    layout: { type: 'string', default: 'topics' },
  },
})
const rounds = Number(values.rounds)
const seed = values.seed ?? randomBytes(4).toString('hex')
const { layout } = values
const missing = servicesMissing()
if (!Number.isSafeInteger(rounds) || rounds < 1) fail('--rounds must be a whole number from 1 on.')
if (layout !== 'topics' && layout !== 'lanes') fail('--layout must be topics or lanes.')
if (missing !== undefined) fail(`The services cannot be started: ${missing}.`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void tearDown().finally(() => process.exit(130)))
}

try {
  say(`${rounds} rounds of kill -9 on two nodes, Kafka (${layout}) and MongoDB, seed ${seed}`)
  const { mailboxes, streams } = await soak({
    rounds,
    seed,
    layout,
    onRound: ({ number, killed, awayMs, acknowledged }) =>
      say(`round ${number}: ${killed} away for ${awayMs} ms, ${acknowledged} acknowledged`),
  })
  say(`rounds ${rounds}, seed ${seed}`)
  report('mailboxes', mailboxes)
  report('streams', streams)
} finally {
  await tearDown()
}

function report(where: string, verdict: Verdict): void {
  const flaws = ['lost', 'reordered', 'altered', 'unknown'] as const
  const counts = flaws.map((flaw) => `${flaw} ${verdict[flaw].length}`).join(', ')
  say(`${where}: acknowledged ${verdict.acknowledged}, ${counts}, repeats ${verdict.repeats}`)
  for (const flaw of flaws) {
    for (const message of verdict[flaw].slice(0, 20)) say(`  ${flaw}: ${message}`)
    if (verdict[flaw].length > 0) process.exitCode = 1
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function fail(reason: string): never {
  process.stderr.write(`${reason}\n`)
  process.exit(2)
}
