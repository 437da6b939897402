import type { Answer } from '@secure-chat/protocol'
import type { Response } from 'express'
import type { Endpoint } from './call.ts'
import { fieldwise } from './fieldwise.ts'
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
 * How an endpoint's JSON answers are sent. Not `res.json`, whose ETag and header handling cost more
 * than all of this.
 */
export function makeSendAnswer<E extends Endpoint>(
  endpoint: E,
): (response: Response, answer: Answer<E>) => void {
  const build = fieldwise(endpoint.response)
  return (response, answer) => {
    const text = JSON.stringify(build(answer))
    const length = Buffer.byteLength(text)
    response.writeHead(endpoint.status, [...jsonHeaders, String(length)])
    // As many bytes as characters: ASCII, which goes out without a conversion.
    response.end(text, length === text.length ? 'latin1' : 'utf8')
  }
}
