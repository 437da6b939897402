/** User-perceived characters (UAX #29): what a cursor steps over and a Backspace removes. */
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

export function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** Index where the character before `index` begins; 0 at the start. */
export function previousBoundary(text: string, index: number): number {
  if (index <= 0) return 0
  return segmenter.segment(text).containing(index - 1)?.index ?? 0
}

/** Index behind the character at `index`; the length at the end. */
export function nextBoundary(text: string, index: number): number {
  const found = segmenter.segment(text).containing(index)
  return found ? found.index + found.segment.length : text.length
}
