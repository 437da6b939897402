/**
 * A screen as SVG: text in the reader's own monospaced font, held in its columns by `textLength`, in a frame that stands
 * on light and dark pages. No font, style sheet or script, which pages that show pictures leave out.
 */
import type { Look, Run } from './capture.ts'
import { hexOf, window } from './palette.ts'

export type Frame = {
  readonly title: string
  readonly describe: string
  /** Cells. */
  readonly columns: number
}

const cell = { width: 8.4, height: 20, font: 14 }
const bar = 34
const margin = 16

export function svgOf(rows: readonly Run[][], { title, describe, columns }: Frame): string {
  const width = round(columns * cell.width + 2 * margin)
  const height = bar + rows.length * cell.height + 2 * margin - 6
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(describe)}</desc>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${window.background}" stroke="${window.edge}"/>`,
    `<path d="M1 ${bar}V8.5A7.5 7.5 0 0 1 8.5 1H${width - 8.5}A7.5 7.5 0 0 1 ${width - 1} 8.5V${bar}Z" fill="${window.bar}"/>`,
    ...[20, 40, 60].map((x) => `<circle cx="${x}" cy="17.5" r="6" fill="${window.edge}"/>`),
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="${cell.font}" fill="${window.text}">`,
    `<text x="${width / 2}" y="22" text-anchor="middle" font-size="12" fill="${window.title}">${escaped(title)}</text>`,
    ...rows.flatMap((row, index) => rowOf(row, index)),
    '</g>',
    '</svg>',
  ].join('\n')}\n`
}

function rowOf(row: readonly Run[], index: number): string[] {
  const top = bar + margin - 3 + index * cell.height
  return [
    ...row.flatMap((run) => backgroundOf(run, top)),
    ...row.flatMap(pieces).map((run) => textOf(run, top + cell.height - 6)),
  ]
}

function backgroundOf({ column, width, look }: Run, top: number): string[] {
  if (look.background === undefined) return []
  const place = `x="${xOf(column)}" y="${top}" width="${round(width * cell.width)}"`
  return [`<rect ${place} height="${cell.height}" fill="${hexOf(look.background)}"/>`]
}

/** Cut where a font may have another opinion of widths, and so that no piece begins or ends with a blank, which XML drops. */
function pieces(run: Run): Run[] {
  const cut: Run[] = []
  const isWide = run.width > Array.from(run.text).length
  let column = run.column
  for (const [text] of run.text.matchAll(/[!-~]+(?: [!-~]+)*|[─━═]+|./gsu)) {
    const width = isWide ? run.width : Array.from(text).length
    if (text.trim() !== '') cut.push({ ...run, text, column, width })
    column += width
  }
  return cut
}

function textOf({ column, width, text, look }: Run, baseline: number): string {
  const length = round(width * cell.width)
  const fit = `textLength="${length}" lengthAdjust="spacingAndGlyphs"`
  return `<text x="${xOf(column)}" y="${baseline}" ${fit}${styleOf(look)}>${escaped(text)}</text>`
}

function styleOf(look: Look): string {
  return [
    look.foreground !== undefined && ` fill="${hexOf(look.foreground)}"`,
    look.isBold && ' font-weight="bold"',
    look.isItalic && ' font-style="italic"',
    look.isUnderlined && ' text-decoration="underline"',
    look.isDim && ' opacity="0.65"',
  ]
    .filter(Boolean)
    .join('')
}

function xOf(column: number): number {
  return round(margin + column * cell.width)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
