import { ChatError } from '@secure-chat/protocol'

/**
 * The fields of a query or a form (`application/x-www-form-urlencoded`). A repeated one is refused:
 * which of the two counts would otherwise depend on who reads it (ASVS 15.3).
 *
 * @throws ChatError `invalid_request`
 */
export function parseForm(text: string, part: 'query' | 'body'): Record<string, string> {
  const fields: Record<string, string> = Object.create(null)
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const split = pair.indexOf('=')
    const name = decode(split < 0 ? pair : pair.slice(0, split))
    if (name in fields) {
      const pointer = part === 'query' ? `?${name}` : `#/${name}`
      throw new ChatError('invalid_request', 'A parameter was given more than once.', {
        errors: [{ pointer, detail: 'was given more than once' }],
      })
    }
    fields[name] = split < 0 ? '' : decode(pair.slice(split + 1))
  }
  return fields
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new ChatError('invalid_request', 'The percent-encoding of a parameter is damaged.')
  }
}
