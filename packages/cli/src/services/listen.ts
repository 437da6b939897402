import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Account, LiveEvent, StoredMessage } from '@secure-chat/client'
import { printable } from '@secure-chat/protocol/printable'
import type { ChatExtensions } from '../chat/index.ts'
import { jsonLine } from '../output/json.ts'
import type { Output } from '../output/output.ts'
import { isRemark, type MessageDocument, messageDocument } from './message-document.ts'

type ListenRecord =
  | ({ readonly type: 'message' } & MessageDocument)
  | Exclude<LiveEvent, { type: 'message' }>

type ListenOptions = {
  readonly account: Pick<Account, 'live'>
  readonly extensions: Pick<ChatExtensions, 'incoming' | 'render'>
  readonly signal: AbortSignal
  /** Only what this user sends or does. */
  readonly from: string | undefined
}

/** What happens, as it happens, in the shape that `listen` prints. */
async function* listen(options: ListenOptions): AsyncGenerator<ListenRecord> {
  for await (const event of options.account.live({ signal: options.signal })) {
    if (!concerns(event, options.from)) continue
    if (event.type !== 'message') {
      yield event
      continue
    }
    const { incoming, render } = options.extensions
    const message = await incoming(event.message)
    if (message) yield recordOf(message, event.message, render)
  }
}

/** A program that acts on messages must not take a remark of this one for the words of a contact. */
function recordOf(
  message: StoredMessage,
  original: StoredMessage,
  render: ChatExtensions['render'],
): ListenRecord {
  if (!isRemark(message)) return { type: 'message', ...messageDocument(message, render) }
  const { from: name, text } = message
  return { type: 'system', event: isRemark(original) ? 'notice' : pluginFailed, name, text }
}

/** What stands in place of a message that a plugin failed on. */
const pluginFailed = 'plugin_failed'

function concerns(event: LiveEvent, from: string | undefined): boolean {
  if (from === undefined || event.type === 'state') return true
  if (event.type === 'message') return event.message.from === from
  if (event.type === 'delivery') return event.to === from
  return event.name === from
}

export type FollowOptions = Omit<ListenOptions, 'signal'> & {
  readonly output: Pick<Output, 'record' | 'notice'>
  /** Run for each incoming message, instead of printing. */
  readonly exec: string | undefined
  /** End after so many incoming messages. */
  readonly count: number | undefined
}

/** Prints what comes, or hands it to a command, until the count is reached or the session ends. */
export async function follow(options: FollowOptions): Promise<void> {
  const { output, exec, count = Number.POSITIVE_INFINITY } = options
  const stopping = new AbortController()
  let seen = 0
  for await (const record of listen({ ...options, signal: stopping.signal })) {
    if (exec === undefined) output.record(record)
    // Nobody would hear of it: the command runs for messages only.
    else if (isFailure(record)) output.notice(printable(record.text))
    if (!isForProgram(record)) continue
    if (exec !== undefined) {
      const code = await runForMessage(exec, jsonLine(record))
      if (code !== 0)
        output.notice(`The command ended with exit code ${code} for message ${record.id}.`)
    }
    seen += 1
    if (seen >= count) stopping.abort()
  }
}

function isFailure(record: ListenRecord): record is Extract<LiveEvent, { type: 'system' }> {
  return record.type === 'system' && record.event === pluginFailed
}

/** Own lines are left out, or a program that answers would answer itself. */
function isForProgram(record: ListenRecord): record is { type: 'message' } & MessageDocument {
  return record.type === 'message' && record.direction === 'in'
}

/**
 * Runs a command of the shell with one line on its stdin, and waits for its end. The text of a message
 * never becomes part of the command itself.
 *
 * @returns its exit code
 */
async function runForMessage(command: string, line: string): Promise<number> {
  const child = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'] })
  // A command that does not read its input ends early; that is its choice.
  child.stdin.on('error', () => {})
  child.stdin.end(`${line}\n`)
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}
