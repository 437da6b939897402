/** An account over plain HTTP, as any client in any language has it. */
import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  hash,
  privateDecrypt,
  randomBytes,
} from 'node:crypto'
import { parseSessionKey, signRequest } from '@secure-chat/protocol'

export type Answer = {
  readonly status: number
  readonly code: string | undefined
  readonly body: Record<string, unknown>
  readonly headers: Headers
}

export type Account = {
  readonly name: string
  readonly password: string
  readonly publicPem: string
  readonly privatePem: string
  readonly fingerprint: string
  readonly sid: Buffer
  readonly key: Buffer
  readonly sessionId: string
  call(method: string, target: string, body?: unknown): Promise<Answer>
  /** The header of a call that somebody else sends. */
  authorization(method: string, target: string, body?: unknown): string
  /** The same session, whose calls go to another node. */
  at(url: string): Account
  signInAgain(): Promise<Account>
}

type Keys = Pick<Account, 'publicPem' | 'privatePem'>

export function newKeys(): Keys {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { publicPem: publicKey, privatePem: privateKey }
}

/** Keys take a tenth of a second to make: accounts that read nothing may share them. */
export async function signUp(url: string, name: string, keys = newKeys()): Promise<Account> {
  const password = `a password of ${name} ${randomBytes(8).toString('hex')}`
  const registered = await post(`${url}/chat/auth/register`, {
    name,
    password,
    'pub-key': keys.publicPem,
  })
  if (registered.status !== 201) throw new Error(JSON.stringify(registered.body))
  return signIn(url, name, password, keys)
}

async function signIn(url: string, name: string, password: string, keys: Keys): Promise<Account> {
  const { status, body } = await post(`${url}/chat/auth/login`, { name, password })
  if (status !== 200) throw new Error(JSON.stringify(body))
  const opened = privateDecrypt(
    { key: keys.privatePem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    Buffer.from(String(body['session-key']), 'base64'),
  )
  const session = parseSessionKey(opened.toString())
  if (session === undefined) throw new Error(`no session key: ${JSON.stringify(body)}`)
  const authorization = (method: string, target: string, content?: unknown) => {
    const bytes = bytesOf(content)
    const mediaType = bytes.length > 0 ? 'application/json' : ''
    return signRequest({ ...session, method, target, mediaType, body: bytes, now: Date.now() })
  }
  const at = (node: string): Account => ({
    name,
    password,
    ...keys,
    fingerprint: fingerprintOf(keys.publicPem),
    ...session,
    sessionId: String(body.session_id),
    authorization,
    call: (method, target, content) =>
      send(node, method, target, content, {
        authorization: authorization(method, target, content),
      }),
    at,
    signInAgain: () => signIn(node, name, password, keys),
  })
  return at(url)
}

export function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { origin, pathname } = new URL(url)
  return send(origin, 'POST', pathname, body, headers)
}

export async function send(
  url: string,
  method: string,
  target: string,
  content: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = bytesOf(content)
  const response = await fetch(url + target, {
    method,
    headers: { ...(body.length > 0 && { 'content-type': 'application/json' }), ...headers },
    ...(body.length > 0 && { body: new Uint8Array(body) }),
  })
  const text = await response.text()
  const parsed: Record<string, unknown> = text.startsWith('{') ? JSON.parse(text) : { text }
  const code = typeof parsed.code === 'string' ? parsed.code : undefined
  return { status: response.status, code, body: parsed, headers: response.headers }
}

function bytesOf(content: unknown): Buffer {
  return content === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(content))
}

function fingerprintOf(pem: string): string {
  return hash('sha256', createPublicKey(pem).export({ type: 'spki', format: 'der' }), 'hex')
}
