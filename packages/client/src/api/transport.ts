/** How bytes reach the server and come back. One implementation over node:http; tests may script another. */
export type Transport = {
  /** The whole answer. @throws ChatError `network_unreachable`, `timeout`, `bad_answer` (too large, broken); the signal's reason when aborted */
  send(request: TransportRequest): Promise<TransportAnswer>
  /** The answer's head, its body as it comes. A silence of `idleTimeoutMs` ends it with `network_unreachable`. */
  open(request: TransportRequest & { idleTimeoutMs: number }): Promise<TransportStream>
  /** Ends idle connections. */
  close(): void
}

export type TransportRequest = {
  method: string
  /** Scheme, host and port. */
  server: URL
  /** Path with query, exactly as signed. */
  target: string
  headers: Record<string, string>
  body?: Uint8Array
  signal?: AbortSignal | undefined
  /** On a connection of its own, for what must not be lost to a keep-alive connection the server just closed. */
  isFresh?: boolean
  /** Beyond it the answer is refused. */
  maxAnswerBytes: number
  /** Added to the time allowed for an answer (long polls). */
  extraWaitMs?: number
}

export type TransportAnswer = {
  status: number
  headers: Record<string, string>
  body: Buffer
}

export type TransportStream = {
  status: number
  headers: Record<string, string>
  chunks: AsyncIterable<Uint8Array>
}

/** Milliseconds for a connection to stand, and after it for the whole answer (a stream: for its head). */
export type Timeouts = { connectMs: number; answerMs: number }

/** Ten seconds to connect, thirty for the answer. */
export const defaultTimeouts: Timeouts = { connectMs: 10_000, answerMs: 30_000 }

/** The settings of a proxy, by the usual names of environment variables. */
export type ProxyEnv = {
  HTTP_PROXY?: string | undefined
  HTTPS_PROXY?: string | undefined
  NO_PROXY?: string | undefined
}
