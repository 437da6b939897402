import type { Clock, DatabaseTransfer, TransferRows, TransferTableName } from '../ports/index.ts'
import { canonicalJson } from './canonical-json.ts'
import { pairsOf } from './tables.ts'

const batchRows = 500

/**
 * Makes a table of the target what it is in the source: rows that are missing or differ are put, those that the source
 * no longer has are removed. So it may have been interrupted anywhere before, and the source in use since.
 */
export async function copyTable<Name extends TransferTableName>(o: {
  readonly name: Name
  readonly source: DatabaseTransfer
  readonly target: DatabaseTransfer
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Called with rows of the target before they are removed there. */
  readonly beforeRemoval?: (rows: readonly TransferRows[Name][]) => Promise<void>
  readonly onRow: () => void
}): Promise<void> {
  const table = o.target.tables[o.name]
  let missing: TransferRows[Name][] = []
  let surplus: TransferRows[Name][] = []

  async function write(): Promise<void> {
    const [put, remove] = [missing, surplus]
    missing = []
    surplus = []
    if (put.length > 0) await table.put(put)
    if (remove.length === 0) return
    await o.beforeRemoval?.(remove)
    await table.remove(remove)
  }

  for await (const { source, target } of pairsOf(o.name, o.source, o.target, o.clock)) {
    o.signal.throwIfAborted()
    if (source === undefined) {
      if (target !== undefined) surplus.push(target)
    } else {
      o.onRow()
      if (target === undefined || canonicalJson(source) !== canonicalJson(target)) {
        missing.push(source)
      }
    }
    if (missing.length + surplus.length >= batchRows) await write()
  }
  await write()
}
