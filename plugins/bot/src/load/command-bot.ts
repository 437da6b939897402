/** A bot in any language: a command of the shell, run for each message. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { BotHandle, BotMessage } from '../bot.ts'
import type { CheckedBot } from './check-bot.ts'

/** Longer texts cannot be sent anyway. */
const answerMaxBytes = 128 * 1024

export function commandBot(command: string, name = 'exec'): CheckedBot {
  return {
    name,
    describe: undefined,
    only: undefined,
    onMessage: (message, { signal }) => answerOf(command, message, signal),
    commands: new Map(),
    every: [],
  }
}

/**
 * The message goes in on stdin, as JSON; what it prints is the answer. Nothing that somebody wrote becomes part of the
 * command.
 */
async function answerOf(
  command: string,
  { id, from, at, text, re, trust }: BotMessage,
  signal: BotHandle['signal'],
): Promise<string | undefined> {
  // A group of its own, so that what the command starts ends with it.
  const child = spawn(command, { shell: true, detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
  const end = () => kill(child)
  signal.addEventListener('abort', end, { once: true })
  try {
    // A command that does not read its input ends early; that is its choice.
    child.stdin.on('error', () => undefined)
    child.stdin.end(`${JSON.stringify({ id, from, at, text, re, trust })}\n`)
    const [code, answer] = await Promise.all([exitOf(child), textOf(child)])
    if (code !== 0) throw new Error(`the command ended with ${code}`)
    return answer === '' ? undefined : answer
  } finally {
    signal.removeEventListener('abort', end)
  }
}

function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'nothing'))
  })
}

async function textOf(child: ChildProcess): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of child.stdout ?? []) {
    bytes += part.length
    if (bytes > answerMaxBytes) {
      kill(child)
      throw new Error(`the command printed more than ${answerMaxBytes / 1024} KiB`)
    }
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8').replace(/\n+$/, '')
}

function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
