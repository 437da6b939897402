import { constants, generateKeyPairSync, privateDecrypt, randomBytes } from 'node:crypto'
import { parseSessionKey, signRequest } from '@secure-chat/protocol'

export interface KeyPair {
  readonly publicPem: string
  readonly privatePem: string
}

export interface SignedIn {
  readonly name: string
  readonly sid: Buffer
  readonly key: Buffer
  readonly sessionKey: string
  readonly sessionId: string
}

export const goodPassword = 'plain sailing weather'

/** One pair is enough where keys do not matter: making one takes a moment. */
let shared: KeyPair | undefined
export function anyKeyPair(): KeyPair {
  shared ??= newKeyPair()
  return shared
}

export function newKeyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { publicPem: publicKey, privatePem: privateKey }
}

export async function register(
  url: string,
  name: string,
  o: { readonly password?: string; readonly keys?: KeyPair } = {},
): Promise<Response> {
  return postJson(`${url}/chat/auth/register`, {
    name,
    password: o.password ?? goodPassword,
    'pub-key': (o.keys ?? anyKeyPair()).publicPem,
  })
}

export async function login(
  url: string,
  name: string,
  o: { readonly password?: string; readonly keys?: KeyPair } = {},
): Promise<SignedIn> {
  const response = await postJson(`${url}/chat/auth/login`, {
    name,
    password: o.password ?? goodPassword,
  })
  const answer: unknown = await response.json()
  if (response.status !== 200) throw new Error(`login: ${JSON.stringify(answer)}`)
  return openLogin(name, answer, o.keys ?? anyKeyPair())
}

export function openLogin(name: string, answer: unknown, keys: KeyPair): SignedIn {
  const fields = new Map(Object.entries(Object(answer)))
  const sessionKey = privateDecrypt(
    { key: keys.privatePem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    Buffer.from(String(fields.get('session-key')), 'base64'),
  ).toString()
  const opened = parseSessionKey(sessionKey)
  if (opened === undefined) throw new Error('not a session key')
  return { name, ...opened, sessionKey, sessionId: String(fields.get('session_id')) }
}

export async function signUp(
  url: string,
  name: string,
  o: { readonly keys?: KeyPair } = {},
): Promise<SignedIn> {
  const response = await register(url, name, o)
  if (response.status !== 201) throw new Error(`register: ${await response.text()}`)
  return login(url, name, o)
}

export interface CallOptions {
  readonly body?: unknown
  readonly now?: number
  readonly nonce?: Buffer
  readonly headers?: Readonly<Record<string, string>>
}

/** A signed call. JSON body when one is given. */
export function call(
  url: string,
  me: Pick<SignedIn, 'sid' | 'key'>,
  method: string,
  target: string,
  o: CallOptions = {},
): Promise<Response> {
  const body = o.body === undefined ? undefined : Buffer.from(JSON.stringify(o.body))
  return fetch(`${url}${target}`, {
    method,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      authorization: signRequest({
        ...me,
        method,
        target,
        mediaType: body ? 'application/json' : '',
        body: body ?? Buffer.alloc(0),
        now: o.now ?? Date.now(),
        nonce: o.nonce ?? randomBytes(12),
      }),
      ...o.headers,
    },
    ...(body && { body }),
  })
}

export function postJson(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

export async function codeOf(response: Response): Promise<unknown> {
  const body: unknown = await response.json()
  return typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined
}
