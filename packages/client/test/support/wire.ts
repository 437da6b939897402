import { ChatError } from '@secure-chat/protocol'
import { makeHttpTransport } from '../../src/api/http-transport.ts'
import type { Transport, TransportAnswer, TransportRequest } from '../../src/api/transport.ts'

export type Sent = { method: string; target: string; body: unknown }

/** The network between one profile and the server, in the hands of a test. */
export type Wire = {
  transport: Transport
  /** Everything that left, in order. */
  sent: Sent[]
  /** Before a request reaches the server; throws to keep it from there. */
  onRequest: (request: Sent) => void
  /** Before an answer reaches the client; throws to lose it, or gives another. */
  onAnswer: (request: Sent, answer: TransportAnswer) => TransportAnswer
  /** Nothing gets through, streams neither, until `mend`. */
  cut(): void
  mend(): void
}

export function makeWire(): Wire {
  const real = makeHttpTransport()
  let isCut = false
  const wire: Wire = {
    sent: [],
    onRequest: () => undefined,
    onAnswer: (_, answer) => answer,
    cut() {
      isCut = true
    },
    mend() {
      isCut = false
    },
    transport: {
      async send(request) {
        const sent = sentOf(request)
        refuseWhenCut()
        wire.sent.push(sent)
        wire.onRequest(sent)
        const answer = await real.send(request)
        refuseWhenCut()
        return wire.onAnswer(sent, answer)
      },
      async open(request) {
        refuseWhenCut()
        wire.onRequest(sentOf(request))
        const stream = await real.open(request)
        return { ...stream, chunks: whileWhole(stream.chunks) }
      },
      close: () => real.close(),
    },
  }
  function refuseWhenCut(): void {
    if (isCut) throw lost()
  }
  async function* whileWhole(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      refuseWhenCut()
      yield chunk
    }
  }
  return wire
}

export function lost(): ChatError {
  return new ChatError('network_unreachable', 'The test cut the network.')
}

/** An answer with another JSON body. */
export function withBody(answer: TransportAnswer, body: unknown): TransportAnswer {
  const bytes = Buffer.from(JSON.stringify(body))
  return {
    ...answer,
    headers: { ...answer.headers, 'content-length': String(bytes.length) },
    body: bytes,
  }
}

export function isSend({ method, target }: Sent): boolean {
  return method === 'POST' && /^\/chat\/[a-z0-9_-]+$/.test(target)
}

export function isExchange({ method, target }: Sent): boolean {
  return method === 'POST' && target.endsWith('/keyexchange')
}

export function isMailbox({ method, target }: Sent): boolean {
  return method === 'GET' && target.startsWith('/chat/messages')
}

export function isPublicKey({ method, target }: Sent): boolean {
  return method === 'GET' && target.endsWith('/publickey')
}

function sentOf({ method, target, body }: TransportRequest): Sent {
  return { method, target, body: body ? JSON.parse(Buffer.from(body).toString()) : undefined }
}
