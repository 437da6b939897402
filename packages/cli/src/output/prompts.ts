import { closeSync, openSync } from 'node:fs'
import { ReadStream, WriteStream } from 'node:tty'
import { ChatError } from '@secure-chat/protocol/errors'

export type Prompts = {
  /** Is somebody there who can answer? */
  readonly canAsk: boolean
  /** A line of text. @throws ChatError input_needed (naming `missing`) | interrupted */
  ask(question: string, missing: string): Promise<string>
  /** The same, nothing is shown of what is typed. */
  askHidden(question: string, missing: string): Promise<string>
}

export type PromptOptions = {
  readonly stdin: NodeJS.ReadStream
  readonly stderr: NodeJS.WriteStream
  readonly isInputAllowed: boolean
}

/**
 * Questions go to the person, not to the data: on stdin when it is the terminal, else (`echo text | …`) on
 * the controlling terminal, provided that stderr shows that somebody looks.
 */
export function makePrompts({ stdin, stderr, isInputAllowed }: PromptOptions): Prompts {
  const hasTerminal = stdin.isTTY || (stderr.isTTY && canOpenTerminal())
  const canAsk = isInputAllowed && hasTerminal
  const ask = async (question: string, missing: string, isHidden: boolean) => {
    if (!canAsk) throw inputNeeded(missing)
    const terminal = stdin.isTTY ? { input: stdin, close: () => {} } : openTerminal()
    const output = stderr.isTTY ? stderr : new WriteStream(openSync('/dev/tty', 'w'))
    try {
      return await readLine(terminal.input, output, question, isHidden)
    } finally {
      terminal.close()
    }
  }
  return {
    canAsk,
    ask: (question, missing) => ask(question, missing, false),
    askHidden: (question, missing) => ask(question, missing, true),
  }
}

export function inputNeeded(missing: string): ChatError {
  return new ChatError('input_needed', `Nothing can be asked for here. Give ${missing}.`)
}

function canOpenTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r+'))
    return true
  } catch {
    // No controlling terminal: cron, CI, a container. That is an answer, not a failure.
    return false
  }
}

function openTerminal() {
  const input = new ReadStream(openSync('/dev/tty', 'r'))
  return { input, close: () => void input.destroy() }
}

/** Raw mode for both kinds, so that Ctrl-C and a paste behave the same and nothing is echoed by the terminal itself. */
function readLine(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
  question: string,
  isHidden: boolean,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const typed: string[] = []
  const finish = (settle: () => void) => {
    input.removeListener('data', onData)
    input.removeListener('end', onEnd)
    input.setRawMode(false)
    input.pause()
    output.write('\n')
    settle()
  }
  const onEnd = () => finish(() => reject(new ChatError('interrupted')))
  const onData = (chunk: string) => {
    for (const key of keysOf(chunk)) {
      if (key === '\r' || key === '\n') return finish(() => resolve(typed.join('')))
      if (key === '\x03' || (key === '\x04' && typed.length === 0)) return onEnd()
      if (key === '\x15') erase(typed.length)
      else if (key === '\x7f' || key === '\b') erase(1)
      else if (key >= ' ') {
        typed.push(key)
        if (!isHidden) output.write(key)
      }
    }
  }
  const erase = (count: number) => {
    const gone = typed.splice(Math.max(typed.length - count, 0))
    if (!isHidden && gone.length > 0) output.write('\b \b'.repeat(gone.length))
  }
  // Raw before the question shows: whoever answers at once must not be echoed by the terminal.
  input.setEncoding('utf8')
  input.setRawMode(true)
  output.write(`${question} `)
  input.on('data', onData)
  input.once('end', onEnd)
  input.resume()
  return promise
}

/** Arrow keys and the marks of a bracketed paste are no part of a password. */
function keysOf(chunk: string): string[] {
  return Array.from(chunk.replace(/\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O.|.)/g, ''))
}
