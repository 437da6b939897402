import { parseArgs, types } from 'node:util'
import { isChatError } from '@secure-chat/protocol'
import { backup } from './backup.ts'
import { helpText } from './help.ts'
import type { CommandIo } from './io.ts'
import { migrateServer } from './migrate.ts'
import { showConfig } from './show-config.ts'
import { start } from './start.ts'
import { isUsersVerb, users } from './users.ts'

const processIo: CommandIo = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  isErrTerminal: process.stderr.isTTY === true,
}

/** The binary: runs a command and ends the process with its exit code. */
export async function run(args: readonly string[], io: CommandIo = processIo): Promise<void> {
  process.exitCode = await runCommand(args, io)
}

/** One command: 0 done, 1 failed (with one plain sentence), 2 not understood, 130 interrupted. */
export async function runCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const line = readLine(args)
  if (line === undefined) return usage(io, 'Not understood: an option that no command has.')
  const { words, flags } = line
  const [command = 'help', ...rest] = words
  try {
    if (command === 'help' || flags.help) {
      io.out(helpText)
      return 0
    }
    if (command === 'migrate' && rest.length === 0) {
      const { from, to, verify = false, mailboxes = false } = flags
      if (from === undefined || to === undefined)
        return usage(io, 'Not understood: migrate needs --from and --to.')
      return await migrateServer(io, { from, to, verify, mailboxes })
    }
    if (Object.keys(flags).length > 0)
      return usage(io, 'Not understood: an option of another command.')
    if (command === 'start' && rest.length === 0) return await start(io)
    if (command === 'config' && rest.length === 0) return await showConfig(io)
    if (command === 'backup' && rest.length === 1) return await backup(io, rest[0] ?? '')
    if (
      command === 'users' &&
      isUsersVerb(rest[0]) &&
      rest.length === (rest[0] === 'list' ? 1 : 2)
    ) {
      return await users(io, rest[0], rest[1])
    }
    return usage(io, `Not understood: ${words.join(' ')}`)
  } catch (error) {
    return fail(io, error)
  }
}

type Line = {
  readonly words: readonly string[]
  readonly flags: {
    readonly help?: boolean
    readonly from?: string
    readonly to?: string
    readonly verify?: boolean
    readonly mailboxes?: boolean
  }
}

/** What is not understood is not repeated: a URL may hold a password. */
function readLine(args: readonly string[]): Line | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        from: { type: 'string' },
        to: { type: 'string' },
        verify: { type: 'boolean' },
        mailboxes: { type: 'boolean' },
      },
    })
    return { words: positionals, flags: values }
  } catch {
    return undefined
  }
}

function usage(io: CommandIo, problem: string): number {
  io.err(`${problem}\n\n${helpText}`)
  return 2
}

function fail(io: CommandIo, error: unknown): number {
  // Ours say what happened and what to do; anything else is a fault whose place we want to know.
  if (isChatError(error)) io.err(`${error.message}\n`)
  else io.err(`${types.isNativeError(error) ? (error.stack ?? error.message) : String(error)}\n`)
  return isChatError(error, 'interrupted') ? 130 : 1
}
