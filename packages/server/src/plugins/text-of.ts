import { types } from 'node:util'

const mostChars = 500

/** Whatever a plugin has thrown, in words: also what throws again when it is looked at. */
export function textOf(thrown: unknown): string {
  try {
    const text: unknown = types.isNativeError(thrown) ? thrown.message : thrown
    return String(text).slice(0, mostChars)
  } catch {
    return 'something without a text'
  }
}
