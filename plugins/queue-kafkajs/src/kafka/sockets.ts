import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ISocketFactory } from 'kafkajs'

export interface Sockets {
  /** For kafkajs. */
  readonly make: ISocketFactory
  /** Cuts all, and every one that is made later. */
  close(): void
}

/** Above every time that a request is allowed. */
const silenceMs = 5000
const lookEveryMs = 1000
const keepAliveMs = 60_000

/**
 * Sockets that are cut when nothing comes back on what was written. A broker answers every request, so that is a network
 * which lost the connection and told nobody; kafkajs would go on writing into it until the system gives up, which takes
 * a quarter of an hour.
 */
export function makeSockets(): Sockets {
  const watched = new Map<Socket, Watched>()
  let isClosed = false
  const timer = setInterval(() => {
    const now = performance.now()
    for (const [socket, seen] of watched) {
      if (isSilent(socket, seen, now)) cut(socket, 'the broker does not answer on it')
    }
  }, lookEveryMs).unref()

  return {
    make({ host, port, ssl, onConnect }) {
      // An address is no server name (RFC 6066, section 3).
      const socket = ssl
        ? connectTls(
            { host, port, ...(isIP(host) === 0 && { servername: host }), ...ssl },
            onConnect,
          )
        : connectPlain({ host, port }, onConnect)
      socket.setNoDelay(true).setKeepAlive(true, keepAliveMs)
      watched.set(socket, { read: 0, written: 0, silentSince: undefined })
      socket.once('close', () => watched.delete(socket))
      if (isClosed) socket.destroy()
      return socket
    },
    close() {
      isClosed = true
      clearInterval(timer)
      // A broker that hangs never ends its side.
      for (const socket of watched.keys()) cut(socket, 'the client is closed')
    },
  }
}

interface Watched {
  read: number
  /** When `read` was seen. */
  written: number
  silentSince: number | undefined
}

function isSilent({ bytesRead, bytesWritten }: Socket, seen: Watched, now: number): boolean {
  if (bytesRead !== seen.read) {
    seen.read = bytesRead
    seen.written = bytesWritten
    seen.silentSince = undefined
  } else if (bytesWritten > seen.written) seen.silentSince ??= now
  return seen.silentSince !== undefined && now - seen.silentSince > silenceMs
}

/** By an error, which kafkajs hears: it fails what is under way on the socket, and makes another for what comes. */
function cut(socket: Socket, why: string): void {
  socket.destroy(new Error(why))
}
