import type {
  Clock,
  DatabaseTransfer,
  TransferRows,
  TransferTable,
  TransferTableName,
} from '../ports/index.ts'
import { isMark } from './mark.ts'

type Key = readonly (string | number)[]

const keys: { readonly [Name in TransferTableName]: (row: TransferRows[Name]) => Key } = {
  // First: an engine may keep what follows inside the user's own record.
  users: (row) => [row.name],
  removedNames: (row) => [row.name],
  keyChanges: (row) => [row.name, row.seq],
  sessions: (row) => [row.sidHash],
  presence: (row) => [row.name],
  contacts: (row) => [row.user, row.other],
  blocks: (row) => [row.user, row.blocked],
  claims: (row) => [row.key],
  pluginValues: (row) => [row.plugin, row.key],
}

/** In the order in which they are copied. */
export const tableNames = Object.keys(keys) as readonly TransferTableName[]

/** One row as the two sides have it: at least one of them does. */
export interface Pair<R> {
  readonly source: R | undefined
  readonly target: R | undefined
}

const pageRows = 500

/** Both sides of a table together, in the order of its key. What is put or removed at keys already given disturbs nothing. */
export async function* pairsOf<Name extends TransferTableName>(
  name: Name,
  source: DatabaseTransfer,
  target: DatabaseTransfer,
  clock: Clock,
): AsyncGenerator<Pair<TransferRows[Name]>> {
  const keyOf = keys[name]
  const left = rowsOf(source.tables[name], clock)
  const right = rowsOf(target.tables[name], clock)
  let [a, b] = [await nextOf(left), await nextOf(right)]
  while (a !== undefined || b !== undefined) {
    const order = a === undefined ? 1 : b === undefined ? -1 : compareKeys(keyOf(a), keyOf(b))
    yield { source: order <= 0 ? a : undefined, target: order >= 0 ? b : undefined }
    if (order <= 0) a = await nextOf(left)
    if (order >= 0) b = await nextOf(right)
  }
}

/** Without the mark of an unfinished migration, which is of one side alone. */
async function* rowsOf<R extends object>(table: TransferTable<R>, clock: Clock): AsyncGenerator<R> {
  let after: R | undefined
  for (;;) {
    const page = await table.page({ limit: pageRows, now: clock.now(), ...(after && { after }) })
    if (page.length === 0) return
    for (const row of page) if (!isMark(row)) yield row
    after = page.at(-1)
  }
}

async function nextOf<R>(rows: AsyncGenerator<R>): Promise<R | undefined> {
  const { value, done } = await rows.next()
  return done === true ? undefined : value
}

function compareKeys(a: Key, b: Key): number {
  for (const [index, part] of a.entries()) {
    const other = b[index]
    const order =
      typeof part === 'number' && typeof other === 'number'
        ? part - other
        : Buffer.compare(Buffer.from(String(part)), Buffer.from(String(other)))
    if (order !== 0) return order
  }
  return 0
}
