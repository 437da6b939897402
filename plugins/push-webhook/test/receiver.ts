import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The server's side of it, which a test may keep waiting. */
  readonly response: ServerResponse
}

type Answer = (response: ServerResponse) => void

/** A push service on this machine that does what a test tells it. */
export interface Receiver {
  readonly url: string
  readonly requests: readonly ReceivedRequest[]
  /** What the next requests get, in order; 204 when nothing is left. */
  answer(...next: ReadonlyArray<number | Answer>): void
  /** The request of this number, from 1, once it is there. */
  request(number: number): Promise<ReceivedRequest>
  close(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const requests: ReceivedRequest[] = []
  const answers: Array<number | Answer> = []
  const waiting = new Set<() => void>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', url = '', headers } = request
    requests.push({
      method,
      path: url,
      headers,
      body: Buffer.concat(chunks).toString(),
      response,
    })
    const answer = answers.shift() ?? 204
    if (typeof answer === 'number') response.writeHead(answer).end()
    else answer(response)
    for (const wake of waiting) wake()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`,
    requests,
    answer: (...next) => void answers.push(...next),
    async request(number) {
      for (;;) {
        const request = requests[number - 1]
        if (request !== undefined) return request
        await new Promise<void>((resolve) => waiting.add(resolve))
      }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
