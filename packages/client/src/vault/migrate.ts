import { ChatError } from '@secure-chat/protocol'
import { migrations } from './migrations/index.ts'
import { integerOf } from './rows.ts'
import type { SqliteFile } from './sqlite.ts'

/** Brings the file to this program's schema, one transaction for all steps; a newer file is refused untouched. */
export function migrate(file: SqliteFile, path: string, steps = migrations): void {
  const latest = steps.at(-1)?.number ?? 0
  if (schemaNumber(file) === latest) return
  file.transaction(() => {
    // Read again: another process may have done it while we waited for the lock.
    const present = schemaNumber(file)
    if (present > latest) {
      throw new ChatError(
        'file_unreadable',
        `${path} was written by a newer secure-chat (schema ${present}, this program knows ${latest}). Update secure-chat; the file was not touched.`,
      )
    }
    for (const step of steps.filter((each) => each.number > present)) file.exec(step.sql)
    file.exec(`PRAGMA user_version = ${latest}`)
  })
}

function schemaNumber(file: SqliteFile): number {
  return integerOf(file.get('PRAGMA user_version') ?? {}, 'user_version')
}
