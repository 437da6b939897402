import type { Clock, DatabaseTransfer, TransferTableName } from '../ports/index.ts'
import { pairsOf } from './tables.ts'
import { makeTally, type Sum } from './tally.ts'

/** What a table holds on both sides. */
export async function compareTable(o: {
  readonly name: TransferTableName
  readonly source: DatabaseTransfer
  readonly target: DatabaseTransfer
  readonly clock: Clock
  readonly signal: AbortSignal
}): Promise<{ readonly source: Sum; readonly target: Sum }> {
  const sums = { source: makeTally(), target: makeTally() }
  for await (const { source, target } of pairsOf(o.name, o.source, o.target, o.clock)) {
    o.signal.throwIfAborted()
    // What expires meanwhile goes from one side sooner than from the other.
    if ((source === undefined || target === undefined) && isOver(source ?? target, o.clock)) {
      continue
    }
    if (source !== undefined) sums.source.add(source)
    if (target !== undefined) sums.target.add(target)
  }
  return { source: sums.source.sum(), target: sums.target.sum() }
}

function isOver(row: object | undefined, clock: Clock): boolean {
  if (row === undefined || !('expiresAt' in row)) return false
  return typeof row.expiresAt === 'number' && row.expiresAt <= clock.now()
}
