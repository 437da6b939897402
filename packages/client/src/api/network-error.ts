import { types } from 'node:util'
import { ChatError } from '@secure-chat/protocol'

/** One plain sentence for what Node reports about a connection, with what to do next. */
export function networkError(error: unknown, server: URL): ChatError {
  const code = codeOf(error)
  const where = server.origin
  if (untrusted.has(code)) {
    return unreachable(
      error,
      `The certificate of ${where} is not one this computer trusts (${code}). If the server uses a certificate authority of its own, name its file in NODE_EXTRA_CA_CERTS.`,
    )
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return unreachable(
      error,
      `The certificate of ${where} is not valid at the time this computer's clock shows (${code}). Check the clock; if it is right, the server's operator must renew the certificate.`,
    )
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return unreachable(error, `The certificate of ${where} is for another name. Check the address.`)
  }
  if (code.startsWith('HPE_') || code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return new ChatError(
      'bad_answer',
      `What answers at ${where} does not speak ${server.protocol.slice(0, -1)} as expected (${code}). Check scheme and port of the address.`,
      { cause: error },
    )
  }
  const why = reasons[code] ?? `the connection failed${code ? ` (${code})` : ''}`
  return unreachable(
    error,
    `The server ${where} cannot be reached: ${why}. Check the address (--server), the network, and that the server runs.`,
  )
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ENOTFOUND: 'its name is unknown (ENOTFOUND)',
  EAI_AGAIN: 'names cannot be looked up now (EAI_AGAIN)',
  ECONNRESET: 'the connection was cut (ECONNRESET)',
  EPIPE: 'the connection was cut (EPIPE)',
  EHOSTUNREACH: 'there is no way to it (EHOSTUNREACH)',
  ENETUNREACH: 'there is no way to it (ENETUNREACH)',
  ERR_PROXY_TUNNEL: 'the proxy refused to connect to it (ERR_PROXY_TUNNEL)',
}

const untrusted: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
])

function codeOf(error: unknown): string {
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string'
    ? error.code
    : ''
}

function unreachable(cause: unknown, detail: string): ChatError {
  return new ChatError('network_unreachable', detail, { cause })
}
