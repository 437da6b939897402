/** Stands between npm and a registry: what it is asked can be held up, and other things can happen meanwhile. */
import { createServer, type IncomingMessage, request } from 'node:http'
import { atTearDown } from './tear-down.ts'

export type RegistryBetween = {
  url: string
  /** Called for each request before it goes on; one that never resolves holds it up. */
  onRequest: (request: IncomingMessage) => unknown
}

export async function standBetween(registry: string): Promise<RegistryBetween> {
  const between: RegistryBetween = { url: '', onRequest: () => undefined }
  const server = createServer(async (asked, answer) => {
    await between.onRequest(asked)
    const { method, headers } = asked
    const passed = request(new URL(asked.url ?? '/', registry), { method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    asked.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atTearDown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('No port was given.')
  between.url = `http://127.0.0.1:${address.port}/`
  return between
}
