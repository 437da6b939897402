import type http from 'node:http'
import type { Socket } from 'node:net'
import { ChatError, isChatError } from '@secure-chat/protocol'
import { type Clock, systemClock } from '../clock.ts'
import { networkError } from './network-error.ts'
import { isLoopback } from './server-url.ts'
import {
  defaultTimeouts,
  type ProxyEnv,
  type Timeouts,
  type Transport,
  type TransportRequest,
} from './transport.ts'

type Wire = { library: Pick<typeof http, 'request'>; agent: http.Agent }

export type HttpTransportOptions = {
  timeouts?: Timeouts | undefined
  proxyEnv?: ProxyEnv | undefined
  clock?: Clock | undefined
}

/**
 * Over node:http(s) with keep-alive: a first call in 8 ms where fetch takes 18 ms, later ones in a third of
 * the time (docs/decisions/0021). No redirects, no compression; proxies by `proxyEnv`, never for loopback.
 */
export function makeHttpTransport(options: HttpTransportOptions = {}): Transport {
  const { timeouts = defaultTimeouts, proxyEnv, clock = systemClock } = options
  const wires = new Map<string, Promise<Wire>>()

  function wireFor(request: TransportRequest): Promise<Wire> {
    const isTls = request.server.protocol === 'https:'
    const keepAlive = !request.isFresh
    const proxy = isLoopback(request.server) ? undefined : proxyEnv
    const key = [isTls, keepAlive, proxy !== undefined].join()
    const known = wires.get(key)
    if (known) return known
    const made = makeWire(isTls, { keepAlive, ...(proxy && { proxyEnv: proxy }) })
    wires.set(key, made)
    return made
  }

  /** Resolves with the head of the answer; `stop` ends the time allowed for the answer. */
  async function begin(request: TransportRequest): Promise<Begun> {
    request.signal?.throwIfAborted()
    const { library, agent } = await wireFor(request)
    const { origin } = request.server
    return await new Promise<Begun>((resolve, reject) => {
      const call = library.request({
        agent,
        method: request.method,
        host: request.server.hostname.replace(/^\[|\]$/g, ''),
        port: request.server.port,
        path: request.target,
        headers: headersOf(request),
        ...(request.signal && { signal: request.signal }),
      })
      const giveUp = (detail: string): void => {
        call.destroy(
          new ChatError('timeout', `${detail} Try again, or allow more time in the settings.`),
        )
      }
      const answerMs = timeouts.answerMs + (request.extraWaitMs ?? 0)
      let stop = clock.setTimeout(
        () => giveUp(`No connection to ${origin} within ${timeouts.connectMs / 1000} s.`),
        timeouts.connectMs,
      )
      const onConnected = (): void => {
        stop()
        stop = clock.setTimeout(
          () => giveUp(`${origin} did not answer within ${answerMs / 1000} s.`),
          answerMs,
        )
      }
      call.on('socket', (socket) => onceConnected(socket, onConnected))
      call.on('response', (response) => resolve({ response, stop: () => stop() }))
      call.on('error', (error) => {
        stop()
        reject(failure(error, request))
      })
      call.end(request.body)
    })
  }

  return {
    async send(request) {
      const { response, stop } = await begin(request)
      try {
        const body = await readBody(response, request)
        return { status: response.statusCode ?? 0, headers: plainHeaders(response), body }
      } catch (error) {
        throw failure(error, request)
      } finally {
        stop()
      }
    },
    async open(request) {
      const { response, stop } = await begin(request)
      stop()
      return {
        status: response.statusCode ?? 0,
        headers: plainHeaders(response),
        chunks: readChunks(response, request, clock),
      }
    },
    close() {
      for (const wire of wires.values()) void wire.then(({ agent }) => agent.destroy())
      wires.clear()
    },
  }
}

type Begun = { response: http.IncomingMessage; stop: () => void }

/** TLS is loaded only where it is used: it takes longer than all else a short command does here. */
async function makeWire(isTls: boolean, options: http.AgentOptions): Promise<Wire> {
  if (!isTls) {
    // An `import` of node:http reads its every export, and the getter of WebSocket then loads undici: 15 ms.
    const plain = process.getBuiltinModule('node:http')
    return { library: plain, agent: new plain.Agent(options) }
  }
  const { default: https } = await import('node:https')
  return { library: https, agent: new https.Agent(options) }
}

function onceConnected(socket: Socket & { secureConnecting?: boolean }, run: () => void): void {
  if (socket.secureConnecting) socket.once('secureConnect', run)
  else if (socket.connecting) socket.once('connect', run)
  else run()
}

function headersOf({ headers, body }: TransportRequest): Record<string, string> {
  return body ? { ...headers, 'content-length': String(body.byteLength) } : headers
}

async function readBody(
  response: http.IncomingMessage,
  { maxAnswerBytes, server }: TransportRequest,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    length += chunk.length
    if (length > maxAnswerBytes) {
      throw new ChatError(
        'bad_answer',
        `${server.origin} sent more than the ${maxAnswerBytes} bytes an answer to this may have, so it was not read.`,
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function* readChunks(
  response: http.IncomingMessage,
  request: TransportRequest & { idleTimeoutMs: number },
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  const seconds = request.idleTimeoutMs / 1000
  const armed = (): (() => void) =>
    clock.setTimeout(() => {
      const detail = `The connection to ${request.server.origin} was silent for ${seconds} s.`
      response.destroy(new ChatError('network_unreachable', detail))
    }, request.idleTimeoutMs)
  let disarm = armed()
  try {
    for await (const chunk of response) {
      disarm()
      yield chunk
      disarm = armed()
    }
  } catch (error) {
    throw failure(error, request)
  } finally {
    disarm()
    response.destroy()
  }
}

function plainHeaders(response: http.IncomingMessage): Record<string, string> {
  const pairs = Object.entries(response.headers)
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )
}

function failure(error: unknown, { signal, server }: TransportRequest): unknown {
  if (signal?.aborted) return signal.reason
  return isChatError(error) ? error : networkError(error, server)
}
