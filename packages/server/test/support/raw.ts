import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** A socket to the server, for requests that no client would send. */
export function openRaw(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) })
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Sends the bytes and reads one answer, or until the server closes. */
export async function raw(url: string, request: string | Buffer): Promise<RawAnswer> {
  const socket = await openRaw(url)
  const answer = readAnswer(socket)
  socket.write(request)
  return answer.finally(() => socket.destroy())
}

export function readAnswer(socket: Socket): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const answer = parse(received)
      if (answer !== undefined) resolve(answer)
    })
    socket.on('error', reject)
    socket.on('close', () => {
      const head = /^HTTP\/1\.1 (\d{3})/.exec(received)
      if (head === null) reject(new Error(`closed without an answer: ${received}`))
      else resolve({ status: Number(head[1]), headers: new Map(), body: received })
    })
  })
}

function parse(received: string): RawAnswer | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = received.slice(0, end).split('\r\n')
  const status = Number(first.split(' ')[1])
  if (status === 100) return parse(received.slice(end + 4))
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const body = received.slice(end + 4)
  if (body.length < Number(headers.get('content-length') ?? 0)) return undefined
  return { status, headers, body }
}

export function codeIn(answer: RawAnswer): unknown {
  const body: unknown = JSON.parse(answer.body)
  return typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined
}
