import { printable } from '@secure-chat/protocol/printable'
import type { Output } from '../output/output.ts'

export type Pair = readonly [label: string, value: string]

/** One thing, member by member: `label: value` for a person, `label TAB value` in a pipe. */
export function showPairs(pairs: readonly Pair[], output: Output): void {
  const width = Math.max(...pairs.map(([label]) => label.length)) + 2
  for (const [label, value] of pairs) {
    if (!output.isTerminal) output.line(`${label}\t${printable(value)}`)
    else if (value !== '')
      output.line(`${output.style.dim(`${label}:`.padEnd(width))}${printable(value)}`)
  }
}
