import { constants, generateKeyPairSync, type KeyObject, privateDecrypt } from 'node:crypto'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { parsePublicKey, parseSessionKey, signRequest } from '@secure-chat/protocol'
import type { TestServer } from '../../src/testing.ts'

export interface Answered {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Record<string, unknown>
}

export interface SseEvent {
  readonly event: string
  readonly id: string | undefined
  readonly data: Record<string, unknown>
}

/** One connection of a stream; everything that came is kept. */
export interface SseReader {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly events: SseEvent[]
  /** All bytes as text. */
  text(): string
  /** Resolves with the event once it is there; fails when the stream ends before. */
  next(test: (event: SseEvent) => boolean): Promise<SseEvent>
  /** Resolves when the text has this in it. */
  seen(part: string): Promise<void>
  readonly ended: Promise<void>
  pause(): void
  resume(): void
  destroy(): void
}

export interface TestUser {
  readonly name: string
  readonly fingerprint: string
  readonly session: { readonly sid: Buffer; readonly key: Buffer }
  readonly sessionId: string
  call(method: string, target: string, body?: unknown): Promise<Answered>
  stream(options?: { readonly after?: string; readonly lastEventId?: string }): Promise<SseReader>
  /** Another session of the same user. */
  signInAgain(): Promise<TestUser>
}

const password = 'correct horse battery staple'

/** RSA keys are slow to make: every test user of a run of the file has the same. */
export function makeSignUp(server: TestServer): (name: string) => Promise<TestUser> {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return async (name) => {
    const registered = await exchange(server.url, {
      method: 'POST',
      target: '/chat/auth/register',
      body: { name, password, 'pub-key': pem },
    })
    if (registered.status !== 201) throw new Error(JSON.stringify(registered.body))
    return signIn(server, name, pair.privateKey, parsePublicKey(pem).fingerprint)
  }
}

async function signIn(
  server: TestServer,
  name: string,
  privateKey: KeyObject,
  fingerprint: string,
): Promise<TestUser> {
  const { body } = await exchange(server.url, {
    method: 'POST',
    target: '/chat/auth/login',
    body: { name, password },
  })
  const sealed = Buffer.from(String(body['session-key']), 'base64')
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const opened = privateDecrypt({ key: privateKey, padding, oaepHash: 'sha256' }, sealed)
  const session = parseSessionKey(opened.toString())
  if (session === undefined) throw new Error('no session key')
  const authorization = (method: string, target: string, bytes: Buffer) =>
    signRequest({
      ...session,
      method,
      target,
      mediaType: bytes.length > 0 ? 'application/json' : '',
      body: bytes,
      now: server.clock.now(),
    })
  return {
    name,
    fingerprint,
    session,
    sessionId: String(body.session_id),
    call: (method, target, content) =>
      exchange(server.url, { method, target, body: content, authorization }),
    stream({ after, lastEventId } = {}) {
      const target = `/chat/stream${after === undefined ? '' : `?after=${encodeURIComponent(after)}`}`
      return openSse(server.url, target, {
        authorization: authorization('GET', target, Buffer.alloc(0)),
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      })
    },
    signInAgain: () => signIn(server, name, privateKey, fingerprint),
  }
}

export async function exchange(
  url: string,
  o: {
    readonly method: string
    readonly target: string
    readonly body?: unknown
    readonly authorization?: (method: string, target: string, bytes: Buffer) => string
  },
): Promise<Answered> {
  const bytes = o.body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(o.body))
  const { hostname, port } = new URL(url)
  const headers = {
    ...(bytes.length > 0 && { 'content-type': 'application/json', 'content-length': bytes.length }),
    ...(o.authorization && { authorization: o.authorization(o.method, o.target, bytes) }),
  }
  const request = httpRequest({ hostname, port, method: o.method, path: o.target, headers })
  const answer = answerOf(request)
  request.end(bytes)
  const response = await answer
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: text === '' ? {} : JSON.parse(text),
  }
}

function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve)
    request.once('error', reject)
  })
}

async function openSse(
  url: string,
  path: string,
  headers: Record<string, string>,
): Promise<SseReader> {
  const { hostname, port } = new URL(url)
  const request = httpRequest({ hostname, port, path, headers, agent: false })
  const answer = answerOf(request)
  request.end()
  const response = await answer
  const events: SseEvent[] = []
  const waiting = new Set<() => void>()
  let text = ''
  let parsed = 0
  let isOver = false
  const wake = () => {
    for (const check of [...waiting]) check()
  }
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    text += chunk
    for (let end = text.indexOf('\n\n', parsed); end >= 0; end = text.indexOf('\n\n', parsed)) {
      const event = parseEvent(text.slice(parsed, end))
      parsed = end + 2
      if (event !== undefined) events.push(event)
    }
    wake()
  })
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      isOver = true
      resolve()
      wake()
    }
    response.once('end', end).once('close', end).once('error', end)
    request.on('error', end)
  })
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const check = () => {
        const found = find()
        if (found !== undefined) resolve(found)
        else if (isOver) reject(new Error(`the stream ended first: ${text.slice(-300)}`))
        else return
        waiting.delete(check)
      }
      waiting.add(check)
      check()
    })
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    text: () => text,
    next: (test) => until(() => events.find(test)),
    seen: (part) => until(() => (text.includes(part) ? true : undefined)).then(() => {}),
    ended,
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    destroy: () => void request.destroy(),
  }
}

/** Undefined for a comment or a `retry:` alone. */
function parseEvent(block: string): SseEvent | undefined {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const [, name, value] = /^([a-z]+): (.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) fields.set(name, value)
  }
  const data = fields.get('data')
  if (data === undefined) return undefined
  return { event: fields.get('event') ?? 'message', id: fields.get('id'), data: JSON.parse(data) }
}
