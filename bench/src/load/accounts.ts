/** Accounts and signed requests for load: one RSA key for all of them, since nothing here is read. */
import { generateIdentity, type Identity, openSessionKey } from '@secure-chat/e2ee'
import { signRequest } from '@secure-chat/protocol'

export type LoadAccount = { readonly name: string; readonly sid: Buffer; readonly key: Buffer }

const password = 'bench only, not a secret'

export async function signUp(url: URL, names: readonly string[]): Promise<LoadAccount[]> {
  const identity = await generateIdentity(2048)
  const accounts: LoadAccount[] = []
  const queue = [...names]
  const worker = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      accounts.push(await signUpOne(url, name, identity))
    }
  }
  await Promise.all([worker(), worker()])
  return accounts.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function signUpOne(url: URL, name: string, identity: Identity): Promise<LoadAccount> {
  await post(url, '/chat/auth/register', { name, password, 'pub-key': identity.publicPem })
  const answer = await post(url, '/chat/auth/login', { name, password })
  const sealed = (answer as { 'session-key': string })['session-key']
  return { name, ...openSessionKey(identity, sealed) }
}

/** The bytes of registrations, ready for a socket. */
export async function rawRegistrations(url: URL, names: readonly string[]): Promise<Buffer[]> {
  const { publicPem } = await generateIdentity(2048)
  return names.map((name) => {
    const body = JSON.stringify({ name, password, 'pub-key': publicPem })
    const head = [
      'POST /chat/auth/register HTTP/1.1',
      `Host: ${url.host}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
    ]
    return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
  })
}

async function post(url: URL, path: string, body: object): Promise<unknown> {
  const answer = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

export function authorization(
  account: LoadAccount,
  method: string,
  target: string,
  body: Buffer = Buffer.alloc(0),
): string {
  return signRequest({
    ...account,
    method,
    target,
    mediaType: body.length > 0 ? 'application/json' : '',
    body,
    now: Date.now(),
  })
}

/** The bytes of one signed request, ready for a socket. */
export function rawRequest(
  url: URL,
  account: LoadAccount,
  method: string,
  target: string,
  body?: object,
): Buffer {
  const bytes = body ? Buffer.from(JSON.stringify(body)) : Buffer.alloc(0)
  const head = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${url.host}`,
    `Authorization: ${authorization(account, method, target, bytes)}`,
    ...(bytes.length > 0
      ? ['Content-Type: application/json', `Content-Length: ${bytes.length}`]
      : []),
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes])
}
