/** What JSON lets through but a terminal must not get: C1 controls, invisible characters, direction overrides. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** One JSON document on one line; every character that is not plainly visible stands as `\uXXXX`. */
export function jsonLine(value: unknown): string {
  return escapeUnseen(JSON.stringify(value))
}

/** The same, indented, for a person. */
export function jsonPretty(value: unknown): string {
  return JSON.stringify(value, null, 2).split('\n').map(escapeUnseen).join('\n')
}

function escapeUnseen(text: string): string {
  return text.replace(unseen, (char) =>
    Array.from(
      { length: char.length },
      (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
}
