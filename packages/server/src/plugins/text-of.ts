import { types } from 'node:util'

const mostChars = 500

/** Whatever a plugin has thrown, in words: also what throws again when it is looked at. */
export function textOf(thrown: unknown): string {
  try {
    if (!types.isNativeError(thrown)) return String(thrown).slice(0, mostChars)
    const { message, cause } = thrown
    // `fetch failed` and the like say why in the cause alone.
    const why = types.isNativeError(cause) && cause.message ? ` (${cause.message})` : ''
    return `${message}${why}`.slice(0, mostChars)
  } catch {
    return 'something without a text'
  }
}
