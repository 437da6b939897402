/** Emoji as Unicode recommends them, joiners and selectors inside included; else one code point. */
const piece = /\p{RGI_Emoji}|[\s\S]/gv

/** Letters, marks, numbers, punctuation, symbols and the plain blank; nothing invisible, nothing that steers a terminal or text direction. */
const shown =
  /^(?:\p{RGI_Emoji}|[[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]--\p{Default_Ignorable_Code_Point}])$/v

const plainAscii = /^[\x20-\x7e]*$/

/**
 * Text from others, made safe for a terminal or a log line: an allow-list, so that what Unicode adds tomorrow is
 * escaped until known. Everything else is shown as `\u{…}`.
 *
 * @param maxLength in characters shown; what is longer is cut and ends in `…`
 * @param options.lines keeps LF and TAB
 */
export function printable(
  text: string,
  maxLength = Number.POSITIVE_INFINITY,
  { lines = false }: { readonly lines?: boolean } = {},
): string {
  if (text.length <= maxLength && plainAscii.test(text)) return text
  const out: string[] = []
  let length = 0
  for (const [part] of text.matchAll(piece)) {
    const safe = isShown(part, lines) ? part : escaped(part)
    out.push(safe)
    length += safe === part ? 1 : safe.length
    if (length > maxLength) return cut(out, maxLength)
  }
  return out.join('')
}

function isShown(part: string, lines: boolean): boolean {
  return shown.test(part) || (lines && (part === '\n' || part === '\t'))
}

function escaped(part: string): string {
  return Array.from(part, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`).join('')
}

function cut(parts: readonly string[], maxLength: number): string {
  const kept: string[] = []
  let room = maxLength - 1
  for (const part of parts) {
    const length = part.startsWith('\\u{') ? part.length : 1
    if (length > room) break
    kept.push(part)
    room -= length
  }
  return maxLength < 1 ? '' : `${kept.join('')}…`
}
