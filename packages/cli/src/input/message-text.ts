import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { ChatError } from '@secure-chat/protocol/errors'
import type { CommandContext } from '../context.ts'
import { inputNeeded } from '../output/prompts.ts'

export type TextSources = {
  readonly argument: string | undefined
  readonly file: string | undefined
}

/** The text of a message: argument, file or stdin; a final line break of the last two is not part of it. */
export async function readMessageText(
  { argument, file }: TextSources,
  { stdin, prompts, output }: Pick<CommandContext, 'stdin' | 'prompts' | 'output'>,
): Promise<string> {
  if (file !== undefined && argument !== undefined) {
    throw new ChatError('usage', 'The text is given twice: as an argument and by --file.')
  }
  if (file !== undefined) return notEmpty(decode(await readFile(file), file))
  if (argument !== undefined && argument !== '-') return notEmpty(argument)
  if (stdin.isTTY) {
    if (!prompts.canAsk) throw inputNeeded('the text as an argument, on stdin or by --file FILE')
    output.notice('Type the message; Ctrl-D on a new line sends it, Ctrl-C gives up.')
  }
  return notEmpty(withoutLastBreak(await readAll(stdin)))
}

function decode(bytes: Buffer, path: string): string {
  try {
    return withoutLastBreak(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new ChatError('usage', `${path} is not text in UTF-8.`, { cause })
  }
}

function notEmpty(text: string): string {
  if (text !== '') return text
  throw new ChatError('usage', 'There is nothing to send: the text is empty.', {
    suggestions: ['secure-chat send bob "See you at 8"'],
  })
}

function withoutLastBreak(text: string): string {
  return text.replace(/\r?\n$/, '')
}
