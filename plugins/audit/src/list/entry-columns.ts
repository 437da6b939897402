import type { Column } from '../output.ts'
import type { ReadEntry } from '../verify/entry-schema.ts'
import { momentOf } from './list-entries.ts'

const envelopeOf = (entry: ReadEntry) => (entry.kind === 'envelope' ? entry.envelope : undefined)

export const entryColumns: readonly Column<ReadEntry>[] = [
  {
    header: 'TIME',
    value: momentOf,
    shown: (entry) => momentOf(entry).slice(0, 19).replace('T', ' '),
  },
  { header: 'WHAT', value: (entry) => envelopeOf(entry)?.type ?? entry.kind },
  { header: 'FROM', value: (entry) => envelopeOf(entry)?.sender ?? '' },
  { header: 'TO', value: (entry) => envelopeOf(entry)?.recipient ?? '' },
  { header: 'BYTES', value: (entry) => String(envelopeOf(entry)?.size ?? '') },
  { header: 'ID', value: (entry) => envelopeOf(entry)?.id ?? noteOn(entry) },
  {
    header: 'SHA-256',
    value: (entry) => envelopeOf(entry)?.sha256 ?? '',
    shown: (entry) => shortened(envelopeOf(entry)?.sha256),
  },
]

/** What an entry says that is about no envelope. */
function noteOn(entry: ReadEntry): string {
  if (entry.kind === 'gap') return `${entry.missed} not recorded`
  if (entry.kind === 'pruned') return `removed before ${entry.before}`
  return `chain ${entry.chain}`
}

function shortened(hash: string | undefined): string {
  return hash === undefined ? '' : `${hash.slice(0, 12)}…`
}
