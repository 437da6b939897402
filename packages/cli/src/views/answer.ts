import { printable } from '@secure-chat/protocol/printable'
import { exitOf } from '../errors/exit.ts'
import { renderError } from '../errors/render.ts'
import { jsonPretty } from '../output/json.ts'
import type { Output } from '../output/output.ts'
import type { ApiResult } from '../services/api.ts'
import { showOutcome } from './outcome.ts'

/** Prints the body as the server sent it, byte for byte in a pipe; the exit code. */
export async function showAnswer({ answer, failure }: ApiResult, output: Output): Promise<number> {
  if (failure && output.isJson) {
    const document = { status: answer.status, answer: parsed(answer.body) }
    return showOutcome({ document, failure }, output, () => {})
  }
  if (answer.body !== '') output.line(output.isTerminal ? readable(answer.body) : answer.body)
  if (!failure) return 0
  output.notice(renderError(failure, output.errorStyle).trimEnd())
  return exitOf(failure)
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    // Of a proxy, most likely.
    return body
  }
}

function readable(body: string): string {
  try {
    return jsonPretty(JSON.parse(body))
  } catch {
    // Not JSON, such as /metrics: shown as text.
    return printable(body, undefined, { lines: true })
  }
}
