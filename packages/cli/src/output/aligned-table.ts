import { printable } from '@secure-chat/protocol/printable'
import stringWidth from 'string-width'
import type { Style } from './style.ts'
import type { Column } from './table.ts'

/** Aligned under headers, for a terminal. The last column takes what is left of the width and is cut with `…`. */
export function aligned<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: { readonly width: number; readonly style: Style },
): string {
  const cells = rows.map((row) => columns.map(({ value, shown = value }) => printable(shown(row))))
  const widths = columns.map(({ header }, at) =>
    Math.max(stringWidth(header), ...cells.map((row) => stringWidth(row[at] ?? ''))),
  )
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0)
  const room = Math.max(options.width - before - 1, 10)
  const line = (texts: readonly string[], paint: (text: string, at: number) => string) =>
    texts
      .map((text, at) => {
        const isLast = at === columns.length - 1
        const fitted = isLast ? cutTo(text, room) : text
        const gap = isLast ? '' : ' '.repeat((widths[at] ?? 0) - stringWidth(fitted) + 2)
        return paint(fitted, at) + gap
      })
      .join('')
      .trimEnd()
  const head = line(
    columns.map(({ header }) => header),
    (text) => options.style.bold(text),
  )
  const body = rows.map((row, index) =>
    line(cells[index] ?? [], (text, at) => columns[at]?.paint?.(text, row, options.style) ?? text),
  )
  return `${[head, ...body].join('\n')}\n`
}

/** By columns on the screen, not by characters: CJK and emoji take two. */
export function cutTo(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  let kept = ''
  let used = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += stringWidth(segment)
    if (used > width - 1) break
    kept += segment
  }
  return `${kept}…`
}
