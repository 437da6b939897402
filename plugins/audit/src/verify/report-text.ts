import { printable } from '@secure-chat/plugin-sdk/cli'
import { type Column, counted, table } from '../output.ts'
import type { ChainReport, Report } from './verify-log.ts'

const columns: readonly Column<ChainReport>[] = [
  { header: 'CHAIN', value: ({ chain }) => chain },
  { header: 'FIRST', value: ({ first }) => String(first) },
  { header: 'LAST', value: ({ last }) => String(last) },
  { header: 'STATE', value: ({ state }) => state },
  { header: 'HEAD', value: ({ head }) => head, shown: ({ head }) => `${head.slice(0, 16)}…` },
]

const signatures: Readonly<Record<Report['signature'], string>> = {
  given: 'The checkpoint is signed with the key you named.',
  pinned: 'The checkpoint is signed with the same key as before.',
  new: 'The checkpoint is signed. Ask the operator for the public key, and name it with --key.',
  none: 'Checkpoints of this server are not signed.',
}

/** The chains as data, and what there is to say about them. */
export function reportText(
  report: Report,
  isTerminal: boolean,
): { readonly data: string; readonly remarks: readonly string[] } {
  return { data: table(columns, report.chains, isTerminal), remarks: remarksOn(report) }
}

function remarksOn(report: Report): string[] {
  const { entries, chains, from, until, head, broken, missed, signature } = report
  const stopped = chains.filter(({ state }) => state === 'stopped')
  const removed = chains.filter(({ first }) => first > 0)
  const size = `${counted(entries, 'entry', 'entries')} in ${counted(chains.length, 'chain')}`
  return [
    ...(from === null ? ['The log is empty.'] : [`${size}, ${from} to ${until}`]),
    ...(head === null ? [] : [`head ${head}`]),
    ...broken.map(
      ({ chain, seq, text }) => `BROKEN: entry ${seq} of chain ${chain} ${printable(text)}.`,
    ),
    ...(broken.length === 0 && head !== null ? ['Every hash and every link holds.'] : []),
    ...(missed > 0
      ? [`${counted(missed, 'message')} could not be recorded; the log says when.`]
      : []),
    ...stopped.map(
      ({ chain, last }) =>
        `Chain ${chain} stopped without a last word after entry ${last}, as after a crash: what was stored in its last moments may not be recorded.`,
    ),
    ...(removed.length > 0
      ? ['The log says that older entries were removed because of their age.']
      : []),
    signatures[signature],
  ]
}
