/** The chat as lines: each line of stdin is sent, received ones are printed. For scripts, and for `--plain`. */
import { createInterface } from 'node:readline'
import { ChatError } from '@secure-chat/protocol/errors'
import type { RunChatOptions } from './chat-options.ts'
import { makeChatSession } from './chat-session.ts'
import { makeLinearView } from './view/linear-view.ts'

/** Resolves with the exit code when stdin has ended and all of it is stored, or the chat was left. */
export async function runLinearChat(options: RunChatOptions): Promise<number> {
  const { stdin, stdout, stderr, plain } = options
  const view = makeLinearView({
    stdout,
    stderr,
    isPlain: plain,
    oneLine: (text) =>
      text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t'),
  })
  const ended = Promise.withResolvers<number>()
  const end = (error?: unknown) => (error === undefined ? ended.resolve(0) : ended.reject(error))
  const session = makeChatSession({
    account: options.account,
    peer: options.peer,
    view,
    extensions: options.extensions,
    colour: false,
    columns: 80,
    history: plain ? (options.history ?? 20) : 0,
    explain: options.explain,
    openEditor: async () => {
      throw new ChatError(
        'usage',
        'There is no editor in the linear form; type the text as a line.',
      )
    },
    clear: () => undefined,
    ring: () => (plain ? stdout.write('\x07') : undefined),
    isRinging: plain && options.notify !== 'off',
    // A script's lines are all sent or kept before it goes on, however slow the server is.
    patienceMs: plain ? 2_000 : 60_000,
    onEnd: end,
  })
  const lines = createInterface({
    input: stdin,
    terminal: false,
    crlfDelay: Number.POSITIVE_INFINITY,
  })
  const onInterrupt = () => ended.resolve(130)
  // A script's lines are text throughout: a slash command in a log file must not change anything.
  const enter = (line: string) =>
    plain ? session.enter(line) : session.enter(line.startsWith('/') ? `/${line}` : line)
  lines.on('line', (line) => {
    if (line.trim() !== '') enter(line).catch(end)
  })
  lines.once('close', () => end())
  process.once('SIGTERM', onInterrupt)
  process.once('SIGINT', onInterrupt)
  try {
    session.start()
    const code = await ended.promise
    const { unsent, firstFailure } = await session.finish()
    if (firstFailure !== undefined) throw firstFailure
    if (unsent > 0) stderr.write(`${unsent} line(s) wait in the outbox: secure-chat outbox\n`)
    return code === 0 && unsent > 0 ? 3 : code
  } finally {
    lines.close()
    stdin.pause()
    process.off('SIGTERM', onInterrupt)
    process.off('SIGINT', onInterrupt)
  }
}
