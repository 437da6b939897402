/** The composition root: streams, signals, oclif, and the one place where an error ends the program. */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { PJSON } from '@oclif/core/interfaces'
import { readEnvironment } from './config/environment.ts'
import { startPage } from './start-page.ts'

/** Runs one command line to its end; the process ends with the exit code of it. */
export async function runCli(argv: readonly string[]): Promise<void> {
  const program = readManifest()
  let hasFailed = false
  const fail = (error: unknown) => {
    if (!hasFailed) void endWith(error, argv, program.version)
    hasFailed = true
  }
  for (const stream of [process.stdout, process.stderr]) stream.on('error', fail)
  process.once('uncaughtException', fail)
  process.once('unhandledRejection', fail)
  process.on('SIGINT', () => process.exit(130))
  const code = await run(argv, program)
  // A keep-alive socket must not hold up the prompt of the shell; what was written is out first.
  process.stdout.write('', (error) => {
    if (error) fail(error)
    if (!hasFailed) process.exit(code)
  })
}

async function run(argv: readonly string[], program: PJSON): Promise<number> {
  if (argv.length === 0) return say(startPage)
  if (argv[0] === '--version') return say(`${versionLine(program.version)}\n`)
  try {
    prepare(argv)
    return await runProgram(argv, program)
  } catch (error) {
    return await report(error, argv, program.version)
  }
}

/** For errors that no command could catch: a full disk behind stdout, a promise nobody waits for. */
async function endWith(error: unknown, argv: readonly string[], version: string): Promise<void> {
  // The reader has seen enough (`| head`): no failure, and nobody left to tell.
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') process.exit(0)
  process.exit(await report(error, argv, version))
}

async function report(error: unknown, argv: readonly string[], version: string): Promise<number> {
  const environment = readEnvironment()
  const { reportError } = await import('./errors/report.ts')
  return reportError(error, {
    stdout: process.stdout,
    stderr: process.stderr,
    isJson: hasFlag(argv, '--json'),
    calling: { isNpx: environment.isNpx, profile: flagValue(argv, '--profile') },
    environment,
    debug: {
      cacheDir: join(environment.cacheHome ?? join(homedir(), '.cache'), 'secure-chat'),
      command: argv[0]?.startsWith('-') ? '' : (argv[0] ?? ''),
      version,
      now: Date.now(),
    },
  })
}

async function runProgram(argv: readonly string[], program: PJSON): Promise<number> {
  const [{ run: runOclif }, { settings }] = await Promise.all([
    import('@oclif/core/run'),
    import('@oclif/core/settings'),
  ])
  // Plugins run as they were built; oclif would look for tsx and ts-node, and warn about every linked one.
  settings.enableAutoTranspile = false
  const canAsk = process.stdin.isTTY && !hasFlag(argv, '--json')
  await runOclif([...argv], { ...programRoot(program, canAsk) })
  return Number(process.exitCode ?? 0)
}

/** Asks "did you mean"; where nobody can answer it would only say twice that a command is unknown. */
const notFound = '@oclif/plugin-not-found'

/** Run from the sources, commands are found by their files, so none needs a build or a manifest first. */
function programRoot(manifest: PJSON, canAsk: boolean): { root: string; pjson: PJSON } {
  const root = join(import.meta.dirname, '..')
  const plugins = manifest.oclif.plugins?.filter((name) => canAsk || name !== notFound)
  const program = { ...manifest, oclif: { ...manifest.oclif, ...(plugins && { plugins }) } }
  if (!import.meta.filename.endsWith('.ts')) return { root, pjson: program }
  const oclif = { ...program.oclif, commands: './commands', helpClass: './help/help.ts' }
  return { root: import.meta.dirname, pjson: { ...program, oclif } }
}

function prepare(argv: readonly string[]): void {
  if (hasFlag(argv, '--no-input')) {
    // For what is not ours too, such as plugin-not-found's "did you mean": nobody is there to answer.
    Object.defineProperty(process.stdin, 'isTTY', { value: false })
  }
}

function hasFlag(argv: readonly string[], flag: string): boolean {
  return beforeArguments(argv).includes(flag)
}

/** For an error that comes before the flags are parsed, or from their parsing. */
function flagValue(argv: readonly string[], flag: string): string | undefined {
  const words = beforeArguments(argv)
  const at = words.indexOf(flag)
  const joint = words.find((word) => word.startsWith(`${flag}=`))
  return at === -1 ? joint?.slice(flag.length + 1) : words[at + 1]
}

/** What follows `--` is no flag, whatever it looks like. */
function beforeArguments(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end === -1 ? argv : argv.slice(0, end)
}

function readManifest(): PJSON {
  return JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))
}

function versionLine(version: string): string {
  return `secure-chat/${version} ${process.platform}-${process.arch} node-${process.version}`
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}
