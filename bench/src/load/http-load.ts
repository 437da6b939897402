/**
 * A load of ready-made requests over plain sockets: so cheap that the server is what is measured,
 * and the same for every server. One request at a time on each connection.
 */
import { connect } from 'node:net'

export type LoadResult = { readonly perSecond: number; readonly latenciesMs: number[] }

/** Sends all requests over `connections`; throws when an answer is not 200. */
export async function runLoad(
  url: URL,
  requests: readonly Buffer[],
  connections: number,
): Promise<LoadResult> {
  let next = 0
  const latenciesMs: number[] = []
  const take = () => requests[next++]
  const started = performance.now()
  await Promise.all(
    Array.from({ length: connections }, () =>
      drive(url, take, (latency) => latenciesMs.push(latency)),
    ),
  )
  const seconds = (performance.now() - started) / 1000
  return { perSecond: requests.length / seconds, latenciesMs }
}

function drive(
  url: URL,
  take: () => Buffer | undefined,
  done: (latencyMs: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    let received = Buffer.alloc(0)
    let sentAt = 0
    const sendNext = () => {
      const request = take()
      if (!request) {
        socket.end()
        resolve()
        return
      }
      sentAt = performance.now()
      socket.write(request)
    }
    socket.once('connect', sendNext)
    socket.once('error', reject)
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const length = answerLength(received)
      if (length === undefined || received.length < length) return
      const status = received.toString('latin1', 9, 12)
      if (status !== '200') {
        reject(new Error(`Answer ${received.toString('utf8', 0, 2_000)}`))
        socket.destroy()
        return
      }
      received = received.subarray(length)
      done(performance.now() - sentAt)
      sendNext()
    })
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
