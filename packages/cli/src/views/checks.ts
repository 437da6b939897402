import { printable } from '@secure-chat/protocol/printable'
import type { Output } from '../output/output.ts'
import type { Check } from '../services/doctor.ts'

/** A word for each state, so that the colour is not needed. */
const words: Readonly<Record<Check['state'], string>> = { ok: 'ok', note: 'note', bad: 'problem' }

export function showChecks(checks: readonly Check[], output: Output): void {
  const { style, isTerminal } = output
  for (const { name, state, detail, fix } of checks) {
    const next = fix === null ? '' : output.hint(fix)
    if (!isTerminal) {
      output.line([name, words[state], detail, next].map((text) => printable(text)).join('\t'))
      continue
    }
    const paint = { ok: style.good, note: style.warn, bad: style.bad }[state]
    output.line(`${paint(words[state].padEnd(8))} ${name}: ${printable(detail)}`)
    if (next !== '') output.line(`         ${printable(next)}`)
  }
}
