import { constants, generateKeyPair, privateDecrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { parseSessionKey } from '@secure-chat/protocol/session-key'
import { signRequest } from '@secure-chat/protocol/session-proof'

/** What a server answered. */
export interface TestAnswer {
  readonly status: number
  /** Parsed where it is JSON, otherwise the text; undefined when there is none. */
  readonly body: unknown
}

/** A user with an open session. */
export interface TestUser {
  readonly name: string
  readonly call: (method: string, path: string, body?: unknown) => Promise<TestAnswer>
}

export interface KeyPair {
  readonly publicKey: string
  readonly privateKey: string
}

/** One is enough for all users of a test: making one takes a moment. */
export function makeKeyPair(): Promise<KeyPair> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
}

const password = 'plain sailing weather'

/** Makes the account where there is none, and opens a session. @throws Error with the server's refusal */
export async function signInUser(
  server: { readonly url: string; readonly clock: { now(): number } },
  name: string,
  keys: KeyPair,
): Promise<TestUser> {
  const auth = `${server.url}/chat/auth`
  const registered = await request(`${auth}/register`, 'POST', {
    name,
    password,
    'pub-key': keys.publicKey,
  })
  if (registered.status !== 201 && codeOf(registered) !== 'name_taken') {
    throw refusalOf(`${name} could not be registered`, registered)
  }
  const login = await request(`${auth}/login`, 'POST', { name, password })
  const sealed: unknown = Reflect.get(Object(login.body), 'session-key')
  if (typeof sealed !== 'string') throw refusalOf(`${name} could not sign in`, login)
  const opened = privateDecrypt(
    { key: keys.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    Buffer.from(sealed, 'base64'),
  )
  const session = parseSessionKey(opened.toString())
  if (session === undefined) throw new Error('The server gave a session key of another form.')
  return {
    name,
    call(method, path, body) {
      const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
      const authorization = signRequest({
        ...session,
        method,
        target: path,
        mediaType: bytes ? 'application/json' : '',
        body: bytes ?? Buffer.alloc(0),
        now: server.clock.now(),
      })
      return request(`${server.url}${path}`, method, body, { authorization })
    },
  }
}

/** Without a session, unless a header says otherwise. */
export async function request(
  url: string,
  method: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<TestAnswer> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : parsed(text) }
}

/** The stable name of a refusal, where the answer is one. */
export function codeOf({ body }: TestAnswer): string | undefined {
  const code: unknown = Reflect.get(Object(body), 'code')
  return typeof code === 'string' ? code : undefined
}

export function refusalOf(what: string, { status, body }: TestAnswer): Error {
  return new Error(`${what}: ${status} ${JSON.stringify(body)}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
