import type { Account, RawAnswer } from '@secure-chat/client'
import { fromProblem } from '@secure-chat/protocol'
import { ChatError } from '@secure-chat/protocol/errors'

export type ApiRequest = {
  readonly method: string
  readonly path: string
  /** `key=value`: members of the JSON body, or of the query where a body has no meaning. */
  readonly fields: readonly string[]
  readonly body: Buffer | undefined
}

export type ApiResult = { readonly answer: RawAnswer; readonly failure: ChatError | undefined }

/** Any call of the API, signed. */
export async function callApi(
  request: ApiRequest,
  { api }: Pick<Account, 'api'>,
): Promise<ApiResult> {
  const method = request.method.toUpperCase()
  const target = pathOf(request.path)
  const answer = await api.raw({ method, ...withFields(method, target, request) })
  return { answer, failure: failureOf(answer) }
}

function withFields(method: string, target: string, { fields, body }: ApiRequest) {
  if (body !== undefined) return { target, body }
  const pairs = fields.map(pairOf)
  if (pairs.length === 0) return { target }
  if (method !== 'GET' && method !== 'DELETE')
    return { target, body: JSON.stringify(Object.fromEntries(pairs)) }
  const joint = target.includes('?') ? '&' : '?'
  return { target: `${target}${joint}${new URLSearchParams(pairs)}` }
}

function pairOf(field: string): [string, string] {
  const at = field.indexOf('=')
  if (at > 0) return [field.slice(0, at), field.slice(at + 1)]
  throw new ChatError('usage', `"${field}" is not of the form key=value.`, {
    suggestions: ['secure-chat api POST /chat/presence/alice -f status=away'],
  })
}

/** The proof is for one server only, so another address may not come in through the path. */
function pathOf(path: string): string {
  if (/^\/(?!\/)[\x21-\x7e]*$/.test(path) && !path.includes('#')) return path
  throw new ChatError(
    'usage',
    `"${path}" is not a path of the API: it starts with one / and is percent-encoded.`,
    {
      suggestions: ['secure-chat api GET /chat/users'],
    },
  )
}

function failureOf({ status, body, headers }: RawAnswer): ChatError | undefined {
  if (status < 400) return undefined
  return fromProblem(parsed(body), status, headers['retry-after'])
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
