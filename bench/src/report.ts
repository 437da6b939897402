/** Figures as a table on the terminal and in docs/benchmarks.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

export type Row = {
  readonly what: string
  readonly value: string
  /** What the figure has to be; left out for figures that only explain. */
  readonly goal?: string
  readonly isMet?: boolean
}

export type Section = {
  /** What stands behind `npm run bench --`: a section, and before it the engine where it is not the embedded one. */
  readonly name: string
  readonly title: string
  readonly rows: readonly Row[]
}

export function sectionText({ name, title, rows }: Section): string {
  const table = rows.map(({ what, value, goal, isMet }) => {
    const verdict = isMet === undefined ? '' : isMet ? 'met' : 'MISSED'
    return `| ${what} | ${value} | ${goal ?? ''} | ${verdict} |`
  })
  return [
    `### ${title}`,
    '',
    `\`npm run bench -- ${name}\``,
    '',
    '| figure | measured | goal | |',
    '|---|---|---|---|',
    ...table,
    '',
  ].join('\n')
}

const start = (name: string) => `<!-- bench ${name} -->`
const end = (name: string) => `<!-- /bench ${name} -->`

/** Replaces the parts of the page that the sections own; the prose around them stays. */
export function writeSections(path: string, machine: string, sections: readonly Section[]): void {
  let page = existsSync(path) ? readFileSync(path, 'utf8') : '# Benchmarks\n'
  for (const section of sections) {
    const date = new Date().toISOString().slice(0, 10)
    const on = machine.split('\n').join('; ')
    const text = `${start(section.name)}\n${sectionText(section)}\n${on}, ${date}\n${end(section.name)}`
    const from = page.indexOf(start(section.name))
    const to = page.indexOf(end(section.name))
    page =
      from >= 0 && to > from
        ? page.slice(0, from) + text + page.slice(to + end(section.name).length)
        : `${page.trimEnd()}\n\n${text}\n`
  }
  writeFileSync(path, page)
}

export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** Nearest rank, `p` in percent. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN
}

export function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`
}
