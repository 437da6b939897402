import type * as z from 'zod'
import type { ErrorCode } from '../errors/index.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** One call of the API: the server mounts it, the client calls it, OpenAPI and the docs show it. */
export type Endpoint = {
  readonly name: string
  readonly method: Method
  /** In the syntax of Express 5: `/chat/:username`. */
  readonly path: string
  /** `proof`: needs the session proof; `open`: anybody may call it. */
  readonly access: 'proof' | 'open'
  readonly topic: Topic
  readonly params?: z.ZodType
  /** Takes the texts of a query; numbers and flags come out as such. */
  readonly query?: z.ZodType
  /** Of JSON and form bodies alike. */
  readonly body?: z.ZodType
  /** The JSON of a success; for other media types what stands in the answer, for the reader. */
  readonly response: z.ZodType
  /** `application/json` when left out. */
  readonly produces?: 'text/event-stream' | 'text/html'
  readonly status: 200 | 201
  /** Beyond the common ones (`commonErrors`). */
  readonly errors: readonly ErrorCode[]
  readonly summary: string
  readonly description: string
  readonly examples?: { readonly body?: unknown; readonly response?: unknown }
}

export type Topic = 'accounts' | 'sessions' | 'users' | 'messages' | 'server'

/** Parsed path parameters, as a handler gets them. */
export type Params<E> = E extends { readonly params: z.ZodType<infer T> } ? T : Record<never, never>
/** Parsed query, as a handler gets it: defaults filled in. */
export type Query<E> = E extends { readonly query: z.ZodType<infer T> } ? T : Record<never, never>
/** Parsed body, as a handler gets it. */
export type Body<E> = E extends { readonly body: z.ZodType<infer T> } ? T : undefined
/** The JSON of a success. */
export type Answer<E> = E extends { readonly response: z.ZodType<infer T> } ? T : never

/** What a caller gives: plain texts where a handler gets brands. */
export type ParamsInput<E> = E extends { readonly params: infer S extends z.ZodType }
  ? z.input<S>
  : Record<never, never>
/** What a caller gives: numbers and booleans, which go over the wire as `String(value)`; every one optional. */
export type QueryInput<E> = E extends { readonly query: z.ZodType<infer T> }
  ? { readonly [K in keyof T]?: Unbranded<T[K]> | undefined }
  : Record<never, never>
/** What a caller gives as body. */
export type BodyInput<E> = E extends { readonly body: infer S extends z.ZodType }
  ? z.input<S>
  : undefined

type Unbranded<T> = T extends string ? string : T

/** Keeps the literal and schema types of an endpoint. */
export function endpoint<const E extends Endpoint>(definition: E): E {
  return definition
}

/** What any call can answer beyond its own errors. */
export function commonErrors(of: Endpoint): readonly ErrorCode[] {
  return [
    ...(of.access === 'proof' ? proofErrors : []),
    ...(of.params || of.query || of.body ? (['invalid_request'] as const) : []),
    ...(of.body ? bodyErrors : []),
    ...(of.topic === 'server' ? [] : serviceErrors),
    'headers_too_large',
    'internal',
  ]
}

const proofErrors = [
  'token_misplaced',
  'token_missing',
  'token_invalid',
  'token_stale',
  'token_replayed',
  'session_key_exposed',
] as const satisfies ErrorCode[]

const bodyErrors = [
  'invalid_json',
  'too_large',
  'unsupported_media_type',
] as const satisfies ErrorCode[]

const serviceErrors = [
  'rate_limited',
  'database_unavailable',
  'busy',
  'shutting_down',
] as const satisfies ErrorCode[]
