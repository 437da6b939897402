import { printable } from '@secure-chat/protocol/printable'
import { renderError } from '../errors/render.ts'
import { jsonPretty } from '../output/json.ts'
import type { Output } from '../output/output.ts'
import type { ApiResult } from '../services/api.ts'

/** Prints the body as the server sent it, byte for byte in a pipe; the exit code. */
export function showAnswer({ answer, failure }: ApiResult, output: Output): number {
  if (answer.body !== '') output.line(output.isTerminal ? readable(answer.body) : answer.body)
  if (!failure) return 0
  output.notice(renderError(failure, output.errorStyle).trimEnd())
  return failure.exit
}

function readable(body: string): string {
  try {
    return jsonPretty(JSON.parse(body))
  } catch {
    // Not JSON, such as /metrics: shown as text.
    return printable(body, undefined, { lines: true })
  }
}
