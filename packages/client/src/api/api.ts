import type { Answer, Body, endpoints, Params, Query } from '@secure-chat/protocol'
import type { StreamEvent } from './event-stream.ts'

export type Endpoint = (typeof endpoints)[keyof typeof endpoints]

/** What a call carries: exactly the parts its endpoint declares. */
export type CallInput<E extends Endpoint> = {
  params?: Params<E>
  query?: Query<E>
  body?: Body<E>
}

export type CallOptions = { signal?: AbortSignal }

export type RawAnswer = { status: number; headers: Record<string, string>; body: string }

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
