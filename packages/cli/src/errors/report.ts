import { ChatError } from '@secure-chat/protocol/errors'
import type { Environment } from '../config/environment.ts'
import { type Calling, typeable } from '../output/hints.ts'
import { jsonLine } from '../output/json.ts'
import { styleFor } from '../output/style.ts'
import { classify } from './classify.ts'
import { type DebugContext, writeDebugFile } from './debug-file.ts'
import { exitOf } from './exit.ts'
import { errorDocument, renderError } from './render.ts'

export type ReportOptions = {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly isJson: boolean
  readonly environment: Environment
  readonly calling: Calling
  readonly debug: DebugContext
  /** For what would be a bug of ours: whose it is instead. */
  readonly blame: (error: unknown) => ChatError | undefined
}

/** The one place where an error becomes text, a document, and the exit code that it returns. */
export function reportError(thrown: unknown, options: ReportOptions): number {
  const found = classify(thrown)
  if (found.kind === 'exit') return found.code
  const error =
    found.kind === 'error'
      ? withHelp(found.error, options.debug.command)
      : (options.blame(found.error) ?? bugError(found.error, options.debug))
  if (error.code === 'interrupted') return error.exit
  const typed = (text: string) => typeable(text, options.calling)
  const style = styleFor(options.stderr, options.environment)
  if (options.isJson) options.stdout.write(`${jsonLine(errorDocument(error, typed))}\n`)
  else options.stderr.write(typed(renderError(error, style)))
  return exitOf(error)
}

/** Where nothing better is known, the page of the very command. */
function withHelp(error: ChatError, command: string): ChatError {
  if (error.code !== 'usage' || error.suggestions.length > 0 || command === '') return error
  return new ChatError('usage', error.message, {
    cause: error,
    suggestions: [`secure-chat help ${command}`],
  })
}

function bugError(thrown: unknown, debug: DebugContext): ChatError {
  const text = 'This is a bug in secure-chat, not a mistake of yours.'
  try {
    const path = writeDebugFile(thrown, debug)
    return new ChatError('internal', text, {
      cause: thrown,
      suggestions: [`Please report it with this file: ${path}`],
    })
  } catch (cause) {
    // Even the report cannot be kept (a full disk, say): the reason is all that is left to tell.
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    return new ChatError('internal', `${text} No report could be written. It says: ${reason}`, {
      cause,
    })
  }
}
