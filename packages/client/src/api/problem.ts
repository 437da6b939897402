import { ChatError, fromProblem, printable } from '@secure-chat/protocol'
import type { TransportAnswer } from './transport.ts'

const longestText = 2000

/** The JSON of an answer. @throws ChatError `bad_answer` when it is none */
export function readJson(answer: Pick<TransportAnswer, 'body'>, server: URL): unknown {
  try {
    return JSON.parse(answer.body.toString())
  } catch (cause) {
    throw notOurs(server, 'its answer is not JSON', cause)
  }
}

/** The error an answer of another status than 2xx stands for; its texts are made fit for a terminal. */
export function readProblem(answer: TransportAnswer, server: URL): ChatError {
  if (answer.status >= 300 && answer.status < 400) {
    const to = printable(answer.headers.location ?? 'nowhere', 200)
    return notOurs(server, `it redirects to ${to}`)
  }
  const error = fromProblem(printableJson(answer), answer.status, answer.headers['retry-after'])
  return explained(error, answer, server)
}

function printableJson({ body }: TransportAnswer): unknown {
  try {
    return JSON.parse(body.toString(), (_, value) =>
      typeof value === 'string' ? printable(value, longestText) : value,
    )
  } catch {
    // Proxies answer with pages of their own; the status says enough then.
    return undefined
  }
}

/** What the user can do about the codes whose text from the server cannot know. */
function explained(error: ChatError, answer: TransportAnswer, server: URL): ChatError {
  switch (error.code) {
    case 'token_invalid':
    case 'session_key_exposed':
      return again(
        error,
        `The session at ${server.origin} is over (signed out, ended from another device, or too old). Sign in again: secure-chat login NAME.`,
        ['secure-chat login NAME'],
      )
    case 'not_found':
      return again(
        error,
        `${server.origin} does not know this call. Is it a secure-chat server, and of this version?`,
      )
    case 'bad_answer':
      return notOurs(server, `it answered with HTTP status ${answer.status}`)
    default:
      return error
  }
}

function again(error: ChatError, detail: string, suggestions: readonly string[] = []): ChatError {
  const { code, members, errors, retryAfterS } = error
  return new ChatError(code, detail, {
    cause: error,
    members,
    errors,
    suggestions,
    ...(retryAfterS !== undefined && { retryAfterS }),
  })
}

export function notOurs(server: URL, what: string, cause?: unknown): ChatError {
  return new ChatError(
    'bad_answer',
    `What answers at ${server.origin} was not understood: ${what}. Check the address (--server), and whether a proxy or a sign-in page of the network stands between.`,
    { cause },
  )
}
