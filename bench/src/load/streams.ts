/** Many Server-Sent Events streams over plain sockets, each counting what arrives. */
import { connect, type Socket } from 'node:net'
import { type LoadAccount, rawRequest } from './accounts.ts'

export type OpenStream = { readonly close: () => void }

/** Resolves when the stream's first event is there; `onData` gets every `data:` line after it. */
export function openStream(
  url: URL,
  account: LoadAccount,
  onData: (data: string) => void,
): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    let rest = ''
    let isReady = false
    socket.setEncoding('utf8')
    socket.once('error', reject)
    socket.once('connect', () => socket.write(rawRequest(url, account, 'GET', '/chat/stream')))
    socket.on('data', (chunk) => {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (!isReady && line.startsWith('HTTP/1.1 ') && !line.startsWith('HTTP/1.1 200')) {
          reject(new Error(line))
        }
        if (!line.startsWith('data:')) continue
        if (isReady) onData(line.slice(5).trim())
        isReady = true
        resolve({ close: () => socket.destroy() })
      }
    })
  })
}
