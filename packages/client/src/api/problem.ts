import { ChatError, type FieldError, fromProblem, printable } from '@secure-chat/protocol'
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
export function readProblem(
  answer: TransportAnswer,
  server: URL,
  userName: string | undefined,
): ChatError {
  if (answer.status >= 300 && answer.status < 400) {
    const to = printable(answer.headers.location ?? 'nowhere', 200)
    return notOurs(server, `it redirects to ${to}`)
  }
  const error = fromProblem(printableJson(answer), answer.status, answer.headers['retry-after'])
  return explained(error, answer, server, userName)
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
function explained(
  error: ChatError,
  answer: TransportAnswer,
  server: URL,
  userName = 'NAME',
): ChatError {
  switch (error.code) {
    case 'token_invalid':
    case 'session_key_exposed':
      return again(error, sessionOverText(server), [`secure-chat login ${userName}`])
    case 'invalid_request':
    case 'name_reserved':
    case 'weak_password':
      return error.errors.length > 0 ? again(error, inWords(error.errors)) : error
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

/** One sentence for it, whether a call or an open stream tells. */
export function sessionOverText(server: URL): string {
  return `The session at ${server.origin} is over (signed out, ended from another device, or too old).`
}

/** What a pointer into a request is called by people who never saw one. */
const fieldNames: Readonly<Record<string, string>> = {
  username: 'user name',
  name: 'user name',
  session_id: 'session id',
  'pub-key': 'public key',
  after: 'position in the mailbox',
}

function inWords(errors: readonly FieldError[]): string {
  return errors.map(({ pointer, detail }) => sentence(fieldOf(pointer), detail)).join(' ')
}

function sentence(field: string, detail: string): string {
  const joint = /^(?:is|has|must)\b/.test(detail) ? ' ' : ': '
  return `The ${field}${joint}${detail}.`
}

/** `#/text`, `?limit`, `{username}` */
function fieldOf(pointer: string): string {
  const name = /([\w-]+)\}?$/.exec(pointer)?.[1]
  return name === undefined ? 'request' : (fieldNames[name] ?? name.replaceAll(/[_-]/g, ' '))
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
