/**
 * A load of ready-made requests over plain sockets: so cheap that the server is what is measured,
 * and the same for every server. One request at a time on each connection.
 */
import { connect } from 'node:net'

export type LoadResult = { readonly perSecond: number; readonly latenciesMs: number[] }

export type Connection = {
  /** Resolves with the time to the whole answer; rejects when it is not 200 or 201. */
  exchange(request: Buffer): Promise<number>
  close(): void
}

/** Sends all requests over `connections`; throws when an answer is not 200 or 201. */
export async function runLoad(
  url: URL,
  requests: readonly Buffer[],
  connections: number,
): Promise<LoadResult> {
  const open = await openConnections(url, connections)
  let next = 0
  const latenciesMs: number[] = []
  const started = performance.now()
  await Promise.all(
    open.map(async (connection) => {
      for (let request = requests[next++]; request; request = requests[next++]) {
        latenciesMs.push(await connection.exchange(request))
      }
    }),
  )
  const seconds = (performance.now() - started) / 1000
  for (const connection of open) connection.close()
  return { perSecond: requests.length / seconds, latenciesMs }
}

export function openConnections(url: URL, count: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: count }, () => openConnection(url)))
}

function openConnection(url: URL): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    let received = Buffer.alloc(0)
    let sentAt = 0
    let waiting: PromiseWithResolvers<number> | undefined
    const fail = (error: Error) => {
      waiting?.reject(error)
      reject(error)
    }
    socket.once('error', fail)
    socket.once('close', () => fail(new Error('The server closed the connection')))
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const length = answerLength(received)
      if (length === undefined || received.length < length) return
      const status = received.toString('latin1', 9, 12)
      if (status !== '200' && status !== '201') {
        fail(new Error(`Answer ${received.toString('utf8', 0, 2_000)}`))
        socket.destroy()
        return
      }
      received = received.subarray(length)
      waiting?.resolve(performance.now() - sentAt)
    })
    socket.once('connect', () =>
      resolve({
        exchange(request) {
          waiting = Promise.withResolvers<number>()
          sentAt = performance.now()
          socket.write(request)
          return waiting.promise
        },
        close: () => void socket.end(),
      }),
    )
  })
}

/** Bytes of a whole answer with Content-Length; undefined while its head is not complete. */
function answerLength(received: Buffer): number | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const head = received.toString('latin1', 0, headEnd)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`An answer without Content-Length: ${head}`)
  return headEnd + 4 + Number(length)
}
