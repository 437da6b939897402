import type { Span } from './span.ts'

/**
 * Spans that do not overlap, in order. Where several hold, away is stronger than busy, then the one that began last;
 * neighbours that say the same are one.
 */
export function timelineOf(spans: readonly Span[]): Span[] {
  const inOrder = spans.filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start)
  const cuts = [...new Set(inOrder.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b)
  const timeline: Span[] = []
  let holding: Span[] = []
  let next = 0
  for (const [index, start] of cuts.entries()) {
    holding = holding.filter((span) => span.end > start)
    for (let span = inOrder[next]; span?.start === start; span = inOrder[next]) {
      holding.push(span)
      next += 1
    }
    const end = cuts[index + 1]
    const strongest = holding.reduce<Span | undefined>(stronger, undefined)
    if (end === undefined || strongest === undefined) continue
    const { state, text } = strongest
    const last = timeline.at(-1)
    const goesOn = last?.end === start && last.state === state && last.text === text
    if (goesOn) timeline.splice(-1, 1, { ...last, end })
    else timeline.push({ start, end, state, text })
  }
  return timeline
}

/** Later ones come later. */
function stronger(best: Span | undefined, span: Span): Span {
  return best?.state === 'away' && span.state !== 'away' ? best : span
}
