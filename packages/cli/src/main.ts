/** The composition root: streams, signals, oclif, and the one place where an error ends the program. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readEnvironment } from './config/environment.ts'
import { foldersOf } from './config/folders.ts'
import { flagValue, hasFlag } from './input/argv.ts'
import { type InstalledPlugin, readInstalled } from './plugins/installed.ts'
import { type Program, runProgram } from './run-program.ts'
import { startPage } from './start-page.ts'

/** Runs one command line to its end; the process ends with the exit code of it. */
export async function runCli(argv: readonly string[]): Promise<void> {
  const program = thisProgram()
  const { version } = program.manifest
  let hasFailed = false
  const fail = (error: unknown) => {
    if (!hasFailed) void endWith(error, argv, version)
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

async function run(argv: readonly string[], program: Program): Promise<number> {
  if (argv.length === 0) return say(startPage)
  if (argv[0] === '--version') return say(`${versionLine(program.manifest.version)}\n`)
  try {
    prepare(argv)
    return await runProgram(argv, program)
  } catch (error) {
    return await report(error, argv, program.manifest.version)
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
  const { cacheDir, dataDir } = foldersOf(environment)
  const { reportError } = await import('./errors/report.ts')
  const { blamePlugin } = await import('./plugins/blame.ts')
  return reportError(error, {
    stdout: process.stdout,
    stderr: process.stderr,
    isJson: hasFlag(argv, '--json'),
    calling: { isNpx: environment.isNpx, profile: flagValue(argv, '--profile') },
    environment,
    blame: (thrown) => blamePlugin(thrown, installedBeside(dataDir)),
    debug: {
      cacheDir,
      command: argv[0]?.startsWith('-') ? '' : (argv[0] ?? ''),
      version,
      now: Date.now(),
    },
  })
}

/** Of an error that is being told already, a list that cannot be read is not the next one. */
function installedBeside(dataDir: string): InstalledPlugin[] {
  try {
    return readInstalled(dataDir)
  } catch {
    return []
  }
}

function prepare(argv: readonly string[]): void {
  if (hasFlag(argv, '--no-input')) {
    // For what is not ours too, such as plugin-not-found's "did you mean": nobody is there to answer.
    Object.defineProperty(process.stdin, 'isTTY', { value: false })
  }
}

function thisProgram(): Program {
  const root = join(import.meta.dirname, '..')
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return { manifest, root, isBuilt: !import.meta.filename.endsWith('.ts') }
}

function versionLine(version: string): string {
  return `secure-chat/${version} ${process.platform}-${process.arch} node-${process.version}`
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}
