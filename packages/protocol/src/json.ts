import { ChatError } from './errors/index.ts'
import { limits } from './limits.ts'

/**
 * Strict JSON (RFC 8259) from bytes: valid UTF-8 only, no byte order mark, at most 20 levels deep. A member named
 * `__proto__` is dropped, so that no later copy can make a prototype of it.
 *
 * @throws ChatError `invalid_json`
 */
export function parseJson(bytes: Uint8Array): unknown {
  const value = parse(bytes)
  // Checked on the result: V8's parser does not recurse, and a flat object costs nothing to walk.
  if (!isHarmless(value, limits.jsonMaxDepth)) {
    throw new ChatError(
      'invalid_json',
      `The JSON is nested deeper than ${limits.jsonMaxDepth} levels.`,
    )
  }
  return value
}

function parse(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new ChatError('invalid_json', 'The body is not valid UTF-8.', { cause })
  }
  try {
    return JSON.parse(text)
  } catch {
    // No cause: the message of JSON.parse quotes the text, and a body may hold a password.
    throw new ChatError('invalid_json')
  }
}

function isHarmless(value: unknown, depthLeft: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depthLeft === 0) return false
  if (Array.isArray(value)) return value.every((item) => isHarmless(item, depthLeft - 1))
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__')
  return Object.values(value).every((item) => isHarmless(item, depthLeft - 1))
}
