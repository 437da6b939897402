import type { BodyInput, Endpoint, ParamsInput, QueryInput } from '@secure-chat/protocol'
import type { StreamEvent } from './event-stream.ts'

/** What a call carries: exactly the parts its endpoint declares. */
export type CallInput<E> = (E extends { params: unknown }
  ? { params: ParamsInput<E> }
  : { params?: undefined }) &
  (E extends { query: unknown } ? { query?: QueryInput<E> } : { query?: undefined }) &
  (E extends { body: unknown } ? { body: BodyInput<E> } : { body?: undefined })

/** An endpoint whose answers are of the type `T`. */
export type Answering<T> = { readonly response: { parse(json: unknown): T } }

/** `signal` gives the call up: it rejects with the reason of the signal. */
export type CallOptions = { signal?: AbortSignal | undefined }

/** An answer as it came, whatever its status; names of headers are lower case. */
export type RawAnswer = { status: number; headers: Record<string, string>; body: string }

/** `body` is JSON unless `mediaType` says otherwise. */
export type RawRequest = {
  method: string
  /** Path with query. */
  target: string
  body?: string | Uint8Array | undefined
  mediaType?: string
}

/** The server, typed. All failures are ChatErrors, but for an abort, which throws the signal's reason. */
export type Api = {
  readonly server: URL
  /** Added to the local clock gives the server's, in ms; 0 until an answer proved otherwise. */
  clockOffsetMs(): number
  /**
   * Signs (where the endpoint asks for it), sends, repeats what may be repeated, checks the answer by its schema.
   * @throws ChatError the server's code; `network_unreachable`, `timeout`, `bad_answer`, `clock_off`, `not_signed_in`
   */
  call<E extends Endpoint, T>(
    endpoint: E & Answering<T>,
    input?: CallInput<E>,
    options?: CallOptions,
  ): Promise<T>
  /** Any path, signed when there is a session; an answer of any status is given back as it is. */
  raw(request: RawRequest, options?: CallOptions): Promise<RawAnswer>
  /**
   * One connection of the stream, from after the cursor, or from now. Ends when the server ends it; throws
   * `network_unreachable` when it breaks or is silent for 45 s (a comment comes every 15).
   */
  stream(options?: CallOptions & { after?: string | undefined }): AsyncGenerator<StreamEvent>
  /** Ends idle connections; the api can still be used. */
  close(): void
}
