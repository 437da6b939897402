import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { usersSchema } from './database/schema.ts'
import { queueSchema } from './queue/schema.ts'

/** Has a server kept its database or its queue in this folder? Opening would make what is not there. */
export function holdsSqliteData(dir: string, what: 'database' | 'queue'): boolean {
  const { fileName } = what === 'database' ? usersSchema : queueSchema
  return existsSync(join(dir, fileName))
}
