import type { Identity } from '@secure-chat/e2ee'
import { ChatError, type QueueRecord } from '@secure-chat/protocol'
import type { Transport, TransportAnswer, TransportRequest } from '../../src/api/transport.ts'

/** What may happen to the next request: nothing, it gets lost, its answer gets lost. */
export type Loss = 'none' | 'request' | 'answer'

/** The messaging half of the API in memory, so that thousands of random steps take seconds. */
export type FakeServer = {
  transportFor(name: string): Transport
  /** Records of a mailbox in the order of the queue; a test may move, repeat and spoil what nobody read. */
  mailbox(name: string): QueueRecord[]
  loseNext(loss: Loss): void
  /** Every ciphertext ever taken. */
  taken: string[]
}

export function makeFakeServer(users: ReadonlyMap<string, Identity>): FakeServer {
  const mailboxes = new Map<string, QueueRecord[]>([...users.keys()].map((name) => [name, []]))
  const bodies = new Map<string, string>()
  const taken: string[] = []
  let loss: Loss = 'none'
  const mailbox = (name: string): QueueRecord[] => mailboxes.get(name) ?? []

  function answer(sender: string, request: TransportRequest): TransportAnswer {
    const { pathname, searchParams } = new URL(request.target, 'http://fake')
    const [, , name = '', what] = pathname.split('/')
    const body = request.body ? JSON.parse(Buffer.from(request.body).toString()) : {}
    if (name === 'messages') return readPage(sender, searchParams)
    const user = users.get(name)
    if (!user) return problem(404, 'no_such_user')
    if (what === 'publickey') {
      return json(200, {
        name,
        'public-key': user.publicPem,
        fingerprint: user.fingerprint,
        seq: 0,
        changed_at: new Date(0).toISOString(),
        changes: [],
      })
    }
    const message = what === 'keyexchange' ? body.encrypted_key : body.message
    return store(
      sender,
      name,
      what === 'keyexchange' ? 'KEY_EXCHANGE' : 'CHAT_MESSAGE',
      body.id,
      message,
    )
  }

  function store(
    sender: string,
    to: string,
    type: string,
    id: string,
    message: string,
  ): TransportAnswer {
    const key = `${sender} ${to} ${id}`
    const known = bodies.get(key)
    const timestamp = new Date().toISOString()
    if (known !== undefined && known !== message) return problem(409, 'id_reused')
    if (known === undefined) {
      bodies.set(key, message)
      taken.push(message)
      mailbox(to).push({ id, type, sender, message, timestamp })
    }
    return json(200, { status: 'OK', id, timestamp })
  }

  function readPage(name: string, query: URLSearchParams): TransportAnswer {
    const from = Number(query.get('after') ?? 0)
    const messages = mailbox(name).slice(from, from + Number(query.get('limit') ?? 500))
    const next = from + messages.length
    return json(200, { messages, next: String(next), more: next < mailbox(name).length })
  }

  return {
    mailbox,
    taken,
    loseNext(next) {
      loss = next
    },
    transportFor: (name) => ({
      async send(request) {
        const present = loss
        loss = 'none'
        if (present === 'request') throw lost()
        const given = answer(name, request)
        if (present === 'answer') throw lost()
        return given
      },
      open: () => Promise.reject(lost()),
      close: () => undefined,
    }),
  }
}

function lost(): ChatError {
  // Not `network_unreachable`: that one is repeated at once, and the loss is over by then.
  return new ChatError('timeout', 'The test lost it.')
}

function json(status: number, body: object): TransportAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  }
}

function problem(status: number, code: string): TransportAnswer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: Buffer.from(JSON.stringify({ type: 'about:blank', status, code, detail: code })),
  }
}
