import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Hands out calendars on this machine, and misbehaves as a test tells it. */
export interface CalendarServer {
  readonly url: string
  readonly requests: readonly IncomingMessage[]
  /** From now on for every request. */
  answer: (request: IncomingMessage, response: ServerResponse) => void
  /** Resolves when so many requests have come. */
  requested(count: number): Promise<void>
  close(): Promise<void>
}

export async function startCalendarServer(): Promise<CalendarServer> {
  const requests: IncomingMessage[] = []
  const waiting = new Set<() => void>()
  const server = createServer((request, response) => {
    requests.push(request)
    started.answer(request, response)
    for (const wake of waiting) wake()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const started: CalendarServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/private-7f3a/calendar.ics`,
    requests,
    answer: (_request, response) => response.writeHead(404).end(),
    async requested(count) {
      while (requests.length < count) {
        await new Promise<void>((resolve) => waiting.add(resolve))
      }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return started
}
