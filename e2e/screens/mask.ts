/** What differs from one play to the next is shown as it might have been, so that a picture changes only with the program. */
import type { Run } from './capture.ts'
import type { Mask } from './scene.ts'

const ofEveryScene: readonly Mask[] = [
  [/\b[A-Z][a-z]+day \d{1,2} [A-Z][a-z]+ \d{4}\b/g, 'Monday 23 November 2026'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '2026-11-23T14:03:00.000Z'],
  [/\b\d{4}-\d\d-\d\d\b/g, '2026-11-23'],
  [/(?<![\d:T])[0-2]\d:[0-5]\d(?![\d:])/g, '14:03'],
]

/** What stands behind on the same line moves with it. */
export function masked(rows: readonly Run[][], masks: readonly Mask[] = []): Run[][] {
  const replacers = [...masks, ...ofEveryScene].map(replacer)
  return rows.map((row) => {
    let shift = 0
    return row.map((run) => {
      const text = replacers.reduce((shown, replace) => replace(shown), run.text)
      const longer = text.length - run.text.length
      const moved = { ...run, text, column: run.column + shift, width: run.width + longer }
      shift += longer
      return moved
    })
  })
}

function replacer([pattern, ...shown]: Mask): (text: string) => string {
  let found = 0
  return (text) => text.replace(pattern, () => shown[Math.min(found++, shown.length - 1)] ?? '')
}
