import type { ChatError } from '@secure-chat/protocol/errors'
import { exitOf } from '../errors/exit.ts'
import { errorDocument, explainError, renderError } from '../errors/render.ts'
import type { Output } from '../output/output.ts'

export type Outcome = {
  /** What was done, as far as it was. */
  readonly document: object
  /** Why it is no full success. */
  readonly failure: ChatError | undefined
}

/**
 * The one document of a command that may succeed in part: under `--json` the error stands beside what was done, else
 * it follows on stderr.
 *
 * @returns the exit code
 */
export async function showOutcome(
  { document, failure }: Outcome,
  output: Output,
  view: () => void | Promise<void>,
  tell = (error: ChatError) => renderError(error, output.errorStyle).trimEnd(),
): Promise<number> {
  const error = failure && errorDocument(failure, output.hint)
  await output.document({ ...error, ...document }, view)
  if (!failure) return 0
  if (!output.isJson) output.notice(tell(failure))
  return exitOf(failure)
}

/** What is on this device was shown, but the newest may be missing. */
export function notUpToDate({ errorStyle }: Pick<Output, 'errorStyle'>) {
  return (error: ChatError) => `${errorStyle.warn('Not up to date:')} ${explainError(error)}`
}
