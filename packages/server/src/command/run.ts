import { parseArgs, types } from 'node:util'
import { isChatError } from '@secure-chat/protocol'
import { backup } from './backup.ts'
import { helpText } from './help.ts'
import type { CommandIo } from './io.ts'
import { showConfig } from './show-config.ts'
import { start } from './start.ts'
import { isUsersVerb, users } from './users.ts'

const processIo: CommandIo = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
}

/** The binary: runs a command and ends the process with its exit code. */
export async function run(args: readonly string[], io: CommandIo = processIo): Promise<void> {
  process.exitCode = await runCommand(args, io)
}

/** One command: 0 done, 1 failed (with one plain sentence), 2 not understood. */
export async function runCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const words = readWords(args)
  if (words === undefined) return usage(io, `Not understood: ${args.join(' ')}`)
  const [command = 'help', ...rest] = words
  try {
    if (command === 'start' && rest.length === 0) return await start(io)
    if (command === 'help') {
      io.out(helpText)
      return 0
    }
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

function readWords(args: readonly string[]): string[] | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' } },
    })
    return values.help ? ['help'] : positionals
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
  return 1
}
