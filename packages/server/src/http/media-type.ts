import type { IncomingMessage } from 'node:http'

/** Content-Type without parameters, lower case. */
export function mediaTypeOf(request: IncomingMessage): string {
  const header = request.headers['content-type']
  if (header === undefined || header === 'application/json') return header ?? ''
  const end = header.indexOf(';')
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase()
}

/** Does a body follow the headers? RFC 9112, section 6.3. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length']
  return (
    (length !== undefined && length !== '0') || request.headers['transfer-encoding'] !== undefined
  )
}
