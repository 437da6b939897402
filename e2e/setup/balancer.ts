/** The least that can stand before several nodes: connections in turn, bytes as they come. */
import { connect, createServer, type Socket } from 'node:net'
import { freePort } from './server.ts'

export type Balancer = {
  readonly url: string
  /** How many connections each node got. */
  readonly counts: readonly number[]
  close(): Promise<void>
}

export async function startBalancer(urls: readonly string[]): Promise<Balancer> {
  const targets = urls.map((url) => new URL(url))
  const counts = urls.map(() => 0)
  const open = new Set<Socket>()
  let turn = 0
  const server = createServer((client) => {
    const index = turn++ % targets.length
    const target = targets[index]
    counts[index] = (counts[index] ?? 0) + 1
    const node = connect(Number(target?.port), target?.hostname)
    for (const [from, to] of [
      [client, node],
      [node, client],
    ] as const) {
      open.add(from)
      from.pipe(to)
      from.once('close', () => {
        open.delete(from)
        to.destroy()
      })
      // The close that follows tells the other side.
      from.on('error', () => {})
    }
  })
  const port = await freePort()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${port}`,
    counts,
    close() {
      for (const socket of open) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
