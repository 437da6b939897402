import { ChatError, type Endpoint } from '@secure-chat/protocol'
import { type Clock, systemClock } from '../clock.ts'
import type { Answering, Api, CallOptions } from './api.ts'
import { makeHttpTransport } from './http-transport.ts'
import { type Outgoing, outgoingCall, outgoingRaw, type Parts, waitOf } from './outgoing.ts'
import { notOurs, readJson, readProblem } from './problem.ts'
import { withRetries } from './retry.ts'
import { makeSigner, type SessionSecrets } from './sign.ts'
import { targetOf } from './target.ts'
import type {
  ProxyEnv,
  Timeouts,
  Transport,
  TransportAnswer,
  TransportRequest,
} from './transport.ts'

/** Where the server is, who calls, and what tests replace. */
export type ApiOptions = {
  /** From `parseServerUrl`. */
  server: URL
  /** Without one, only open calls. */
  session?: SessionSecrets | undefined
  /** Whose session it is: named where signing in again is the way out. */
  userName?: string | undefined
  /** Told after each signed call that the server took, and each that it refused because the session is over. */
  onSession?: ((isOver: boolean) => void) | undefined
  clock?: Clock | undefined
  timeouts?: Timeouts | undefined
  proxyEnv?: ProxyEnv | undefined
  userAgent?: string | undefined
  /** node:http(s) when left out. */
  transport?: Transport | undefined
}

const MiB = 1024 * 1024
/** A page of the mailbox: 1,000 messages of 192 KiB, and their JSON. All else is small. */
const pageMaxBytes = 256 * MiB
const answerMaxBytes = 4 * MiB
/** The stream carries a comment every 15 s. */
const silenceMs = 45_000

/** Makes a client of one server. No connection is opened before the first call. */
export function makeApi(options: ApiOptions): Api {
  const { server, session, clock = systemClock, userAgent = 'secure-chat-client' } = options
  const { timeouts, proxyEnv, onSession } = options
  const transport = options.transport ?? makeHttpTransport({ timeouts, proxyEnv, clock })
  const signer = session && makeSigner(session, clock)

  /** One request, or two when the clock had to be corrected. */
  async function once<T>(
    outgoing: Outgoing,
    send: (request: TransportRequest) => Promise<T>,
  ): Promise<T> {
    const { method, target, mediaType, body, signal, isRepeatable } = outgoing
    const request = (authorization?: string): TransportRequest => ({
      method,
      server,
      target,
      headers: {
        accept: 'application/json, application/problem+json, text/event-stream',
        'user-agent': userAgent,
        ...(mediaType && { 'content-type': mediaType }),
        ...(authorization && { authorization }),
      },
      ...(mediaType && { body }),
      signal,
      isFresh: !isRepeatable,
      maxAnswerBytes: target.startsWith('/chat/messages') ? pageMaxBytes : answerMaxBytes,
      extraWaitMs: waitOf(target),
    })
    if (!outgoing.isSigned) return await send(request())
    if (!signer) throw notSignedIn(server)
    return await signer.signed(outgoing, (authorization) => send(request(authorization)))
  }

  function noteSession(answer: TransportAnswer): void {
    if (isSuccess(answer)) onSession?.(false)
    else if (isOver(codeOf(answer))) onSession?.(true)
  }

  async function exchange(
    outgoing: Outgoing,
    isWanted: (answer: TransportAnswer) => boolean,
  ): Promise<TransportAnswer> {
    const run = () =>
      once(outgoing, async (request) => {
        const answer = await transport.send(request)
        if (outgoing.isSigned) noteSession(answer)
        if (isWanted(answer)) return answer
        throw readProblem(answer, server, options.userName)
      })
    const { signal } = outgoing
    return outgoing.isRepeatable ? await withRetries(run, { clock, signal }) : await run()
  }

  return {
    server,
    clockOffsetMs: () => signer?.offsetMs() ?? 0,

    async call<T>(endpoint: Endpoint & Answering<T>, input?: Parts, { signal }: CallOptions = {}) {
      const answer = await exchange(outgoingCall(endpoint, input, signal), isSuccess)
      const json = readJson(answer, server)
      try {
        const { response }: Answering<T> = endpoint
        return response.parse(json)
      } catch (cause) {
        throw notOurs(server, `its answer to ${endpoint.name} has not the expected form`, cause)
      }
    },

    async raw(request, { signal } = {}) {
      const outgoing = outgoingRaw(request, signer !== undefined, signal)
      const answer = await exchange(outgoing, (given) => !isStale(given))
      return { ...answer, body: answer.body.toString() }
    },

    async *stream({ after, signal } = {}) {
      const target = targetOf('/chat/stream', {}, { after })
      const outgoing = outgoingRaw({ method: 'GET', target }, true, signal)
      const chunks = await once(outgoing, async (request) => {
        const answer = await transport.open({ ...request, idleTimeoutMs: silenceMs })
        if (answer.status === 200) {
          onSession?.(false)
          return answer.chunks
        }
        const body = await gather(answer.chunks)
        noteSession({ ...answer, body })
        throw readProblem({ ...answer, body }, server, options.userName)
      })
      // Only live views need it.
      const { readEventStream } = await import('./event-stream.ts')
      for await (const event of readEventStream(chunks)) {
        if (event.event === 'end' && isOver(event.data.code)) onSession?.(true)
        yield event
      }
    },

    close: () => transport.close(),
  }
}

function isSuccess({ status }: TransportAnswer): boolean {
  return status >= 200 && status < 300
}

function isOver(code: unknown): boolean {
  return code === 'token_invalid' || code === 'session_key_exposed'
}

/** In the server's own words only: a proxy's bare 401 says nothing about the session. */
function codeOf({ status, headers, body }: TransportAnswer): unknown {
  const type = headers['content-type'] ?? ''
  if (status !== 401 || !type.startsWith('application/problem+json')) return undefined
  try {
    const problem: unknown = JSON.parse(body.toString())
    return typeof problem === 'object' && problem !== null && 'code' in problem
      ? problem.code
      : undefined
  } catch {
    return undefined
  }
}

/** Becomes an error even for a raw call, so that the clock is corrected and the call made again. */
function isStale({ status, body }: TransportAnswer): boolean {
  return status === 401 && body.includes('"token_stale"')
}

async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    length += chunk.byteLength
    if (length > answerMaxBytes) break
  }
  return Buffer.concat(parts)
}

function notSignedIn(server: URL): ChatError {
  return new ChatError('not_signed_in', `This needs a session at ${server.origin}.`, {
    suggestions: ['secure-chat login NAME'],
  })
}
