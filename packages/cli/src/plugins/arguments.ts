/** Arguments that come from plugins' code, where types hold nobody back. */

/** @throws TypeError */
export function wordsOf(text: unknown): string {
  if (typeof text === 'string') return text
  throw new TypeError(`text is needed here, not ${text === null ? 'null' : typeof text}`)
}

/** The words behind a slash command; quotes keep words together. */
export function splitArguments(rest: string): string[] {
  return Array.from(
    rest.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g),
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  )
}
