import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server as NetServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { ChatError, limits, toProblem } from '@secure-chat/protocol'
import { problemHeaders } from './problem.ts'

const options: ServerOptions = {
  maxHeaderSize: limits.headersMaxBytes,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // How often the two above are looked at.
  connectionsCheckingInterval: 1000,
  // Longer than a usual balancer's, so that it closes first and no request meets a closing socket.
  keepAliveTimeout: 75_000,
}

/** Far above what the kernel queues by default: a restart meets every client at once. */
const backlog = 4096

/** How long a refused client has to read the answer. */
const lingerMs = 1000

export interface Listener {
  readonly port: number
  /** No new connection from now on; idle ones close, busy ones after their answer, all after `graceMs`. */
  close(graceMs: number): Promise<void>
}

/** @throws what `listen` fails with, such as EADDRINUSE */
export async function listen(
  handler: RequestListener,
  o: {
    readonly host: string
    readonly port: number
    readonly tls: { readonly cert: string; readonly key: string } | undefined
    readonly nextRequestId: () => string
    /** After the start: a connection could not be taken (too many open files); the next one may be. */
    readonly onError: (error: Error) => void
  },
): Promise<Listener> {
  const server: Server =
    o.tls === undefined
      ? createServer(options, handler)
      : createTlsServer({ ...options, ...o.tls, minVersion: 'TLSv1.2' }, handler)
  const sockets = trackSockets(server)
  // Who asks before uploading is answered by the handler like anybody else: it may refuse.
  server.on('checkContinue', handler)
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    answerBroken(error, socket, o.nextRequestId()),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: o.host, port: o.port, backlog }, () => {
      server.off('error', reject)
      server.on('error', o.onError)
      resolve()
    })
  })
  return { port: portOf(server), close: (graceMs) => close(server, sockets, graceMs) }
}

/** What the parser or its timers refused: there is no request to answer, only a socket. */
function answerBroken(error: NodeJS.ErrnoException, socket: Duplex, requestId: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { line, problem } = brokenAnswer(error.code)
  const body = JSON.stringify({
    ...toProblem(problem, requestId),
    status: Number(line.slice(0, 3)),
  })
  const headers = [
    ...problemHeaders,
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Connection',
    'close',
  ]
  const lines = [`HTTP/1.1 ${line}`]
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
  // The parser has let go of the socket: what still comes is thrown away, so that its end is seen,
  // and closing at once would reset the connection under the answer.
  const cut = setTimeout(() => socket.destroy(), lingerMs)
  socket.on('close', () => clearTimeout(cut))
  socket.on('end', () => socket.destroy())
  socket.resume()
}

function brokenAnswer(code: string | undefined): { line: string; problem: ChatError } {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const problem = new ChatError(
      'headers_too_large',
      `The headers are larger than ${limits.headersMaxBytes / 1024} KiB.`,
    )
    return { line: '431 Request Header Fields Too Large', problem }
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const problem = new ChatError(
      'invalid_request',
      'The request did not arrive in time: 10 s for its headers, 30 s in all.',
    )
    return { line: '408 Request Timeout', problem }
  }
  return {
    line: '400 Bad Request',
    problem: new ChatError('invalid_request', 'This is not HTTP/1.1.'),
  }
}

function close(server: Server, sockets: ReadonlySet<Duplex>, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    // A connection that turns idle after its last answer would stay for its keep-alive time.
    const idle = setInterval(() => server.closeIdleConnections(), 50)
    // Not closeAllConnections: it does not know of sockets that never became HTTP.
    const grace = setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, graceMs)
    server.close(() => {
      clearInterval(idle)
      clearTimeout(grace)
      resolve()
    })
  })
}

/** Every socket of a server while it is open. */
function trackSockets(server: NetServer): ReadonlySet<Duplex> {
  const sockets = new Set<Duplex>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

function portOf(server: NetServer): number {
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
