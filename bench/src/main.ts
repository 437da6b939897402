/**
 * `npm run bench [-- SECTION …] [-- --write]`: each section measures its own baseline in the same run and
 * prints ratios. `--write` puts the sections that ran into docs/benchmarks.md.
 */
import { parseArgs } from 'node:util'
import { engineSqlite } from './engine-sqlite.ts'
import { describeMachine } from './machine.ts'
import { type Section, sectionText, writeSections } from './report.ts'
import { cliStart } from './sections/cli-start.ts'
import { idleStreams } from './sections/idle-streams.ts'
import { live } from './sections/live.ts'
import { read } from './sections/read.ts'
import { send } from './sections/send.ts'
import { signIn } from './sections/sign-in.ts'

const sections: Readonly<Record<string, () => Promise<Section>>> = {
  send,
  read,
  live,
  'idle-streams': idleStreams,
  'cli-start': cliStart,
  'sign-in': signIn,
  'engine-sqlite': engineSqlite,
}

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const chosen = positionals.length > 0 ? positionals : Object.keys(sections)
const unknown = chosen.filter((name) => !(name in sections))
if (unknown.length > 0) {
  process.stderr.write(
    `There is no section ${unknown.join(', ')}. Sections: ${Object.keys(sections).join(', ')}\n`,
  )
  process.exit(2)
}

const machine = describeMachine()
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
