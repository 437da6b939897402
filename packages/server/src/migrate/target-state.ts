import { ChatError } from '@secure-chat/protocol'
import type { Clock, DatabaseTransfer, UserDatabase } from '../ports/index.ts'
import { isMark, readMark } from './mark.ts'
import { transferOf } from './migration.ts'
import { tableNames } from './tables.ts'

/**
 * What the target's database is to the source's: `new` (empty), `unfinished` (a copy that was interrupted) or
 * `finished` (a copy that was complete and may have been in use since).
 *
 * @throws ChatError `usage` for a target that is another server's, and for a source that is itself unfinished
 */
export async function stateOfTarget(
  source: UserDatabase,
  target: UserDatabase,
  clock: Clock,
): Promise<'new' | 'unfinished' | 'finished'> {
  const now = clock.now()
  const sourceId = await source.serverId()
  if ((await readMark(source.pluginStorage, now)) !== undefined) {
    throw new ChatError(
      'usage',
      'The source is itself a copy that was never finished. Finish that one first, or name its source.',
    )
  }
  const mark = await readMark(target.pluginStorage, now)
  if (mark === sourceId) return 'unfinished'
  if (mark === undefined && (await isEmpty(transferOf(target), now))) return 'new'
  if (mark === undefined && (await target.serverId()) === sourceId) return 'finished'
  throw new ChatError(
    'usage',
    'The target already holds accounts, and they are not copies of the source. Nothing of it was changed. Name an empty target.',
  )
}

async function isEmpty({ tables }: DatabaseTransfer, now: number): Promise<boolean> {
  for (const name of tableNames) {
    const rows = await tables[name].page({ limit: 2, now })
    if (rows.some((row) => !isMark(row))) return false
  }
  return true
}
