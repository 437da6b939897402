/**
 * `npm run examples`: compiles every `ts` block of the pages about plugins and every `@example` of the contract as a
 * module of its own, so that what a stranger copies is what works. Exits 1 with the page and line of what does not.
 */
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

type Example = { readonly source: string; readonly line: number; readonly code: string }

const folder = 'node_modules/.cache/secure-chat-examples'
const examples = [
  ...globSync('docs/plugins/*.md').sort().flatMap(blocksOfPage),
  ...globSync('packages/plugin-sdk/src/**/*.ts').sort().flatMap(examplesOfSource),
]

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const files = new Map<string, Example>()
for (const example of examples) {
  const name = `${basename(example.source).replace(/\W+/g, '-')}-${example.line}.ts`
  files.set(name, example)
  writeFileSync(join(folder, name), example.code)
}
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../../tsconfig.test.json',
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, types: ['node'] },
    files: [...files.keys()],
    include: [],
    exclude: [],
  }),
)

const compiled = spawnSync('npx', ['tsc', '-p', folder, '--pretty', 'false'], { encoding: 'utf8' })
const problems = compiled.stdout.split('\n').filter((line) => line.includes(folder))
for (const problem of problems) process.stderr.write(`${placed(problem)}\n`)
if (problems.length > 0) process.exit(1)
if (compiled.status === null) throw compiled.error
process.stdout.write(`${examples.length} examples compile\n`)

/** The line of the page instead of that of the module made of it. */
function placed(problem: string): string {
  const [, name = '', line = '1', rest = problem] =
    /([^/]+\.ts)\((\d+),\d+\): (.*)$/.exec(problem) ?? []
  const example = files.get(name)
  return example ? `${example.source}:${example.line + Number(line)}: ${rest}` : problem
}

function blocksOfPage(source: string): Example[] {
  const text = readFileSync(source, 'utf8')
  return Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```$/gm), ({ index, 1: code = '' }) => ({
    source,
    line: lineAt(text, index),
    code,
  }))
}

function examplesOfSource(source: string): Example[] {
  const text = readFileSync(source, 'utf8')
  return Array.from(text.matchAll(/^ \* @example\n((?: \*(?!\/).*\n)+)/gm), (match) => ({
    source,
    line: lineAt(text, match.index),
    code: (match[1] ?? '').replace(/^ \* ?/gm, ''),
  }))
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
