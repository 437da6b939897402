/**
 * `npm run bench -- [--engine embedded|kafka] [SECTION …] [--write]`: each section measures its own baseline in the
 * same run and prints ratios. `--write` puts the sections that ran into docs/benchmarks.md.
 */
import { parseArgs } from 'node:util'
import { engineSqlite } from './engine-sqlite.ts'
import { kafkaKafkajs } from './kafka/kafkajs.ts'
import { kafkaLanes } from './kafka/lanes.ts'
import { kafkaLive } from './kafka/live.ts'
import { kafkaRead } from './kafka/read.ts'
import { kafkaSend } from './kafka/send.ts'
import { kafkaUsers } from './kafka/users.ts'
import { describeMachine, type Engine } from './machine.ts'
import { type Section, sectionText, writeSections } from './report.ts'
import { cliStart } from './sections/cli-start.ts'
import { idleStreams } from './sections/idle-streams.ts'
import { live } from './sections/live.ts'
import { plugins } from './sections/plugins.ts'
import { pluginsCli } from './sections/plugins-cli.ts'
import { read } from './sections/read.ts'
import { send } from './sections/send.ts'
import { signIn } from './sections/sign-in.ts'

const sectionsOf: Readonly<Record<Engine, Readonly<Record<string, () => Promise<Section>>>>> = {
  embedded: {
    send,
    read,
    live,
    'idle-streams': idleStreams,
    'cli-start': cliStart,
    plugins,
    'plugins-cli': pluginsCli,
    'sign-in': signIn,
    'engine-sqlite': engineSqlite,
  },
  kafka: {
    send: kafkaSend,
    read: kafkaRead,
    live: kafkaLive,
    users: kafkaUsers,
    lanes: kafkaLanes,
    kafkajs: kafkaKafkajs,
  },
}

const { values, positionals } = parseArgs({
  options: {
    engine: { type: 'string', default: 'embedded' },
    write: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const engine = (Object.keys(sectionsOf) as Engine[]).find((name) => name === values.engine)
if (engine === undefined) refuse('engine', values.engine, Object.keys(sectionsOf))
const sections = sectionsOf[engine]
const chosen = positionals.length > 0 ? positionals : Object.keys(sections)
const unknown = chosen.filter((name) => !(name in sections))
if (unknown.length > 0) refuse('section', unknown.join(', '), Object.keys(sections))

function refuse(what: string, given: string, known: readonly string[]): never {
  process.stderr.write(`There is no ${what} ${given}. There are: ${known.join(', ')}\n`)
  process.exit(2)
}

const machine = describeMachine(engine)
process.stdout.write(`${machine}\n\n`)
const done: Section[] = []
for (const name of chosen) {
  const section = await sections[name]?.()
  if (!section) continue
  process.stdout.write(`${sectionText(section)}\n`)
  done.push(section)
}
if (values.write) writeSections('docs/benchmarks.md', machine, done)
if (done.some((section) => section.rows.some((row) => row.isMet === false))) process.exitCode = 1
