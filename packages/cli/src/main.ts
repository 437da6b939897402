/** The composition root: streams, signals, oclif, and the one place where an error ends the program. */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { PJSON } from '@oclif/core/interfaces'
import { readEnvironment } from './config/environment.ts'
import { startPage } from './start-page.ts'

/** Runs one command line to its end; the process ends with the exit code of it. */
export async function runCli(argv: readonly string[]): Promise<void> {
  endQuietlyOnBrokenPipe(process.stdout)
  endQuietlyOnBrokenPipe(process.stderr)
  process.on('SIGINT', () => process.exit(130))
  const code = await run(argv)
  // A keep-alive socket must not hold up the prompt of the shell; what was written is out first.
  process.stdout.write('', () => process.exit(code))
}

async function run(argv: readonly string[]): Promise<number> {
  const manifest = readManifest()
  if (argv.length === 0) return say(startPage)
  if (argv[0] === '--version') return say(`${versionLine(manifest.version)}\n`)
  const environment = readEnvironment()
  try {
    prepare(argv)
    return await runProgram(argv, manifest)
  } catch (error) {
    const { reportError } = await import('./errors/report.ts')
    return reportError(error, {
      stdout: process.stdout,
      stderr: process.stderr,
      isJson: hasFlag(argv, '--json'),
      environment,
      debug: {
        cacheDir: join(environment.cacheHome ?? join(homedir(), '.cache'), 'secure-chat'),
        command: argv[0]?.startsWith('-') ? '' : (argv[0] ?? ''),
        version: manifest.version,
        now: Date.now(),
      },
    })
  }
}

async function runProgram(argv: readonly string[], manifest: PJSON): Promise<number> {
  const [{ run: runOclif }, { settings }] = await Promise.all([
    import('@oclif/core/run'),
    import('@oclif/core/settings'),
  ])
  // Plugins run as they were built; oclif would look for tsx and ts-node, and warn about every linked one.
  settings.enableAutoTranspile = false
  await runOclif([...argv], { ...programRoot(manifest) })
  return Number(process.exitCode ?? 0)
}

/** Run from the sources, commands are found by their files, so none needs a build or a manifest first. */
function programRoot(manifest: PJSON): { root: string; pjson: PJSON } {
  const root = join(import.meta.dirname, '..')
  if (!import.meta.filename.endsWith('.ts')) return { root, pjson: manifest }
  const oclif = { ...manifest.oclif, commands: './commands', helpClass: './help/help.ts' }
  return { root: import.meta.dirname, pjson: { ...manifest, oclif } }
}

function prepare(argv: readonly string[]): void {
  if (hasFlag(argv, '--no-input')) {
    // For what is not ours too, such as plugin-not-found's "did you mean": nobody is there to answer.
    Object.defineProperty(process.stdin, 'isTTY', { value: false })
  }
}

function endQuietlyOnBrokenPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

function hasFlag(argv: readonly string[], flag: string): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? undefined : end).includes(flag)
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
