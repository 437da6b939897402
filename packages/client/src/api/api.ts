import type { Answer, Body, endpoints, Params, Query, QueueRecord } from '@secure-chat/protocol'

export type Endpoint = (typeof endpoints)[keyof typeof endpoints]

/** What a call carries: exactly the parts its endpoint declares. */
export type CallInput<E extends Endpoint> = {
  params?: Params<E>
  query?: Query<E>
  body?: Body<E>
}

export type CallOptions = { signal?: AbortSignal }

export type RawAnswer = { status: number; headers: Record<string, string>; body: string }

/** One event of `GET /chat/stream`; `cursor` is the place to resume from. */
export type StreamEvent =
  | { kind: 'ready'; cursor: string; now: number }
  | { kind: 'message'; cursor: string; record: QueueRecord }
  | { kind: 'presence'; name: string; state: string; text: string; last_seen: string | null }
  | { kind: 'resync'; resume: string }
  /** The session is over (logout, revocation, removal): do not connect again. */
  | { kind: 'end'; code: string }
  /** The server shuts down or is full; connect again after this time. */
  | { kind: 'retry'; retryInMs: number }

/** The server, typed. All failures are ChatErrors. Holds no state but the clock offset. */
export type Api = {
  readonly server: URL
  /** Local clock + this = the server's, in ms; 0 until a good now_proof said otherwise. */
  clockOffsetMs(): number
  /** Signs, sends, retries what may be repeated, checks the answer against the endpoint's schema. */
  call<E extends Endpoint>(
    endpoint: E,
    input?: CallInput<E>,
    options?: CallOptions,
  ): Promise<Answer<E>>
  /** A signed call of any path; answers of every status are given back as they are. */
  raw(
    method: string,
    target: string,
    body?: Uint8Array | string,
    options?: CallOptions & { mediaType?: string },
  ): Promise<RawAnswer>
  /** One connection of the stream; ends when it ends. Without `after`, from now. Throws `network_unreachable` when it breaks or is silent for 45 s. */
  stream(options: { after?: string; signal?: AbortSignal }): AsyncIterable<StreamEvent>
}
