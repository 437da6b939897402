import type { QueueRecord } from '@secure-chat/protocol'
import { canonicalJson } from './canonical-json.ts'
import type { RecordReader } from './record-reader.ts'

/** How the records of a target lie in those of its source. */
export type Alignment =
  | {
      readonly kind: 'fits'
      /** Records that only the source has, before the first that both have: the target's retention removed them. */
      readonly goneAtTarget: number
      /** Records that only the target has, before the first that both have: the source's retention removed them since. */
      readonly goneAtSource: number
      /** Stands behind the last record that both have; every record of the target is one of the source's, or gone there. */
      readonly rest: RecordReader
    }
  | {
      readonly kind: 'misfit'
      /** Number of the first record of the target, from 1, that is not where the source has it. */
      readonly at: number
    }

/**
 * Finds where the target ends in the source. The target holds what was copied before, from the first record on and
 * without a gap, so it is the beginning of the source, except that retention may have taken the oldest of either side.
 */
export async function alignMailbox(
  openSource: () => RecordReader,
  openTarget: () => RecordReader,
): Promise<Alignment> {
  const target = openTarget()
  const source = openSource()
  const firstOfTarget = await target.take()
  if (firstOfTarget === undefined) {
    return { kind: 'fits', goneAtTarget: 0, goneAtSource: 0, rest: source }
  }
  const goneAtTarget = await passTo(firstOfTarget, source)
  if (goneAtTarget !== undefined) {
    const at = await firstDifference(source, target, 1)
    return at === undefined
      ? { kind: 'fits', goneAtTarget, goneAtSource: 0, rest: source }
      : { kind: 'misfit', at }
  }
  const again = { source: openSource(), target: openTarget() }
  const firstOfSource = await again.source.take()
  const goneAtSource = firstOfSource && (await passTo(firstOfSource, again.target))
  if (goneAtSource === undefined) return { kind: 'misfit', at: 1 }
  const at = await firstDifference(again.source, again.target, goneAtSource + 1)
  return at === undefined
    ? { kind: 'fits', goneAtTarget: 0, goneAtSource, rest: again.source }
    : { kind: 'misfit', at }
}

/** How many records lie before this one; the reader stands behind it then. Undefined: it is not there. */
async function passTo(wanted: QueueRecord, reader: RecordReader): Promise<number | undefined> {
  const text = canonicalJson(wanted)
  let passed = 0
  for (;;) {
    const record = await reader.take()
    if (record === undefined) return undefined
    if (canonicalJson(record) === text) return passed
    passed += 1
  }
}

/** Number of the first of the target's further records that the source does not have at the same place. */
async function firstDifference(
  source: RecordReader,
  target: RecordReader,
  taken: number,
): Promise<number | undefined> {
  for (let at = taken + 1; ; at += 1) {
    const record = await target.take()
    if (record === undefined) return undefined
    const other = await source.take()
    if (other === undefined || canonicalJson(other) !== canonicalJson(record)) return at
  }
}
