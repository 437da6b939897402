/**
 * Text with styles cut into rows: every row closes what is open at its end, and the next one opens it again. The only
 * sequences in it are those of `Theme` (see plugins/safe-styled.ts).
 */
import { wrapText } from './layout.ts'

const sequence = /\x1b\[(\d+)m/g

/** Which sequence ends a style. */
const ends: Readonly<Record<string, string>> = { 1: '22', 2: '22', 3: '23', 4: '24', 36: '39' }

/** As `wrapText`, for text that may be styled. */
export function wrapStyled(text: string, width: number): string[] {
  if (!text.includes('\x1b')) return wrapText(text, width)
  const open = new Set<string>()
  return styledRows(text.replaceAll('\t', '    '), width).map((parts) => {
    let row = [...open].map(styled).join('')
    for (const part of parts) {
      row += part.text
      if (part.style === undefined) continue
      row += styled(part.style)
      follow(open, part.style)
    }
    const closed = [...open].map((style) => styled(ends[style] ?? '0'))
    return row + closed.join('')
  })
}

/** A stretch of text, and the style sequence behind it, if any. */
type Part = { text: string; style?: string }

function styledRows(text: string, width: number): Part[][] {
  const styles = Array.from(text.matchAll(sequence))
  const plain = text.replaceAll(sequence, '')
  let shift = 0
  const places = styles.map(({ 0: whole, 1: style = '0', index }) => {
    const at = index - shift
    shift += whole.length
    return { at, style }
  })
  let from = 0
  const rows = wrapText(plain, width)
  return rows.map((row, index) => {
    // Rows follow one another in the text; what lies between them is the blanks and breaks that wrapping took.
    const start = plain.indexOf(row, from)
    from = start + row.length
    const isLast = index === rows.length - 1
    const parts: Part[] = []
    let done = start
    while (places[0] && (isLast || places[0].at <= from)) {
      const { at, style } = places[0]
      places.shift()
      const end = Math.min(Math.max(at, done), from)
      parts.push({ text: plain.slice(done, end), style })
      done = end
    }
    parts.push({ text: plain.slice(done, from) })
    return parts
  })
}

function follow(open: Set<string>, style: string): void {
  if (ends[style] !== undefined) {
    open.add(style)
    return
  }
  for (const one of [...open]) if (style === '0' || ends[one] === style) open.delete(one)
}

function styled(style: string): string {
  return `\x1b[${style}m`
}
