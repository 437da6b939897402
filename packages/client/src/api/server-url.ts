import { isIP } from 'node:net'
import { ChatError, printable } from '@secure-chat/protocol'

/**
 * Reads the address of a server: scheme, host, port, nothing else (the proof covers the path, so a server
 * below a path cannot work). Plain http is taken for this computer only, unless `allowPlaintext`.
 * @throws ChatError `config_invalid`, `insecure_server`
 */
export function parseServerUrl(raw: string, allowPlaintext = false): URL {
  const url = URL.parse(raw.includes('://') ? raw : `https://${raw}`)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw invalid(raw, 'it is not an address like https://chat.example.org')
  }
  if (url.username || url.password) throw invalid(raw, 'it carries a name or a password')
  if (url.pathname !== '/' || url.search || url.hash) {
    throw invalid(raw, 'it has a path; give only scheme, host and port')
  }
  if (url.protocol === 'http:' && !allowPlaintext && !isLoopback(url)) {
    throw new ChatError(
      'insecure_server',
      `${url.origin} is not encrypted, so anyone on the way could see who talks to whom, and the password. Use https, or --insecure if you know the network.`,
    )
  }
  return url
}

/** Names and addresses that never leave this computer (RFC 6761, section 6.3; RFC 1122; RFC 4291). */
export function isLoopback(url: URL): boolean {
  const host = url.hostname
  if (host === 'localhost' || host.endsWith('.localhost') || host === '[::1]') return true
  return isIP(host) === 4 && host.startsWith('127.')
}

function invalid(raw: string, why: string): ChatError {
  return new ChatError(
    'config_invalid',
    `The server address ${printable(raw, 200)} cannot be used: ${why}.`,
  )
}
