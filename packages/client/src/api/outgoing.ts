import type { Endpoint } from '@secure-chat/protocol'
import type { RawRequest } from './api.ts'
import { targetOf } from './target.ts'

/** A request before it is signed. `mediaType` is empty when there is no body, as the proof wants it. */
export type Outgoing = {
  method: string
  target: string
  mediaType: string
  body: Uint8Array
  isSigned: boolean
  /** The same effect once or twice: reads, and what carries an id by which the server tells a repeat. */
  isRepeatable: boolean
  signal: AbortSignal | undefined
}

export type Parts = { params?: object | undefined; query?: object | undefined; body?: unknown }

export function outgoingCall(
  endpoint: Endpoint,
  { params, query, body }: Parts = {},
  signal?: AbortSignal,
): Outgoing {
  const { method, path, access } = endpoint
  return {
    method,
    target: targetOf(path, { ...params }, { ...query }),
    mediaType: body === undefined ? '' : 'application/json',
    body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
    isSigned: access === 'proof',
    isRepeatable: method === 'GET' || (method === 'POST' && carriesId(body)),
    signal,
  }
}

export function outgoingRaw(
  { method, target, body = '', mediaType = 'application/json' }: RawRequest,
  isSigned: boolean,
  signal?: AbortSignal,
): Outgoing {
  const bytes = Buffer.from(body)
  const sent = bytes.length > 0 ? (mediaType.split(';')[0] ?? '').trim().toLowerCase() : ''
  const isRepeatable = method === 'GET'
  return { method, target, mediaType: sent, body: bytes, isSigned, isRepeatable, signal }
}

/** How long the request asks the server to hold the answer back (long poll), in ms. */
export function waitOf(target: string): number {
  const seconds = Number(new URLSearchParams(target.split('?')[1]).get('wait') ?? 0)
  return seconds > 0 && seconds <= 60 ? seconds * 1000 : 0
}

function carriesId(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'id' in body && body.id !== undefined
}
