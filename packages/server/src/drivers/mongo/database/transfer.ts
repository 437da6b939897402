import type { DatabaseTransfer } from '../../../ports/index.ts'
import { serverDocumentId } from './database-time.ts'
import type { Engine } from './engine.ts'
import { makeKeyChangeTable, makePresenceTable, makeUserTables } from './transfer-accounts.ts'
import { makeOwnTables } from './transfer-tables.ts'

export function makeTransfer(engine: Engine): DatabaseTransfer {
  return {
    setServerId: (id) =>
      engine.run(async () => {
        await engine.models.server.updateOne({ _id: serverDocumentId }, { $set: { server_id: id } })
      }),
    tables: {
      ...makeUserTables(engine),
      ...makeOwnTables(engine),
      keyChanges: makeKeyChangeTable(engine),
      presence: makePresenceTable(engine),
    },
  }
}
