import type { Answer } from '@secure-chat/protocol'
import type { Response } from 'express'
import type { Endpoint } from './endpoint.ts'
import { securityHeaders } from './headers.ts'

const jsonHeaders: readonly string[] = [
  ...securityHeaders,
  'Cache-Control',
  'no-store',
  'Content-Type',
  'application/json; charset=utf-8',
  'Content-Length',
]

/**
 * One JSON answer, built field by field by the endpoint's response schema: what a handler returns
 * beyond it never leaves (ASVS 15.3.1). Not `res.json`, whose ETag and header handling cost more
 * than all of this.
 */
export function sendAnswer<E extends Endpoint>(
  endpoint: E,
  response: Response,
  answer: Answer<E>,
): void {
  const text = JSON.stringify(endpoint.response.parse(answer))
  const length = Buffer.byteLength(text)
  response.writeHead(endpoint.status, [...jsonHeaders, String(length)])
  // As many bytes as characters: ASCII, which goes out without a conversion.
  response.end(text, length === text.length ? 'latin1' : 'utf8')
}
