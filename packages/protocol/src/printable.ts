/**
 * An emoji, where it needs joiners or selectors that are refused alone (UTS #51, section 1.4.9); else one code point.
 * `\p{RGI_Emoji}` would say the same, but costs 15 ms to compile in every process that prints a name. Tag characters
 * can hide any text, so they pass only in the three flags that Unicode recommends.
 */
const piece =
  /[#*0-9]\u{fe0f}\u{20e3}|\u{1f3f4}\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})\u{e007f}|\p{RI}{2}|[\p{ExtPict}--\p{Cn}][\u{fe0f}\p{EMod}]?(?:\u{200d}[\p{ExtPict}--\p{Cn}][\u{fe0f}\p{EMod}]?)*|[\s\S]/gv

/** Letters, marks, numbers, punctuation, symbols and blanks; nothing invisible, nothing that steers a terminal or text direction. */
const shown = /^[[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]--\p{Default_Ignorable_Code_Point}]$/v

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

/** More than one code point is an emoji by the grammar of `piece`. */
function isShown(part: string, lines: boolean): boolean {
  const codePoint = part.codePointAt(0) ?? 0
  if (part.length > String.fromCodePoint(codePoint).length) return true
  return shown.test(part) || (lines && (part === '\n' || part === '\t'))
}

function escaped(part: string): string {
  return `\\u{${(part.codePointAt(0) ?? 0).toString(16)}}`
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
