import { randomUUID } from 'node:crypto'
import { ChatError } from '@secure-chat/protocol'
import type { Connection } from 'mongoose'
import { type Clock, type Log, silentLog, type UserDatabase } from '../../../ports/index.ts'
import { asStartError, connectMongo } from '../connect.ts'
import { retryDuplicates } from '../duplicates.ts'
import { makeModels } from '../models.ts'
import { readMongoUrl } from '../url.ts'
import { makeClaimStore } from './claims.ts'
import { makeBlockStore, makeContactStore } from './contacts.ts'
import { lostContents, serverDocumentId } from './database-time.ts'
import { makeEngine } from './engine.ts'
import { makePluginStore } from './plugin-storage.ts'
import { makePresenceStore } from './presence.ts'
import { makeRemovals } from './removals.ts'
import { makeSessionStore } from './sessions.ts'
import { makeTransfer } from './transfer.ts'
import { makeUserStore } from './users.ts'

/** Of the collections; one that is higher was made by a newer server. */
const schemaVersion = 1

/**
 * Opens the user database on MongoDB. Any number of servers and tools may have it open at once.
 *
 * @throws ChatError `config_invalid`, `database_unavailable`
 */
export async function openMongoDatabase(options: {
  /** `mongodb://` or `mongodb+srv://`; what it says of pool and time-outs holds. */
  readonly url: string
  readonly clock: Clock
  readonly log?: Log
}): Promise<UserDatabase> {
  const { url, clock, log = silentLog } = options
  // Making an index of a large collection takes longer than any answer may.
  const preparing = await connectMongo(url, { socketTimeoutMS: 0, maxPoolSize: 1 })
  try {
    await prepare(preparing)
  } catch (error) {
    throw asStartError(error, readMongoUrl(url))
  } finally {
    await preparing.close(true)
  }
  return makeMongoDatabase({ connection: await connectMongo(url), clock, log })
}

/** Indexes and the server's own document; what is there already stays. */
export async function prepare(connection: Connection): Promise<void> {
  const models = makeModels(connection)
  const server = await retryDuplicates(() =>
    models.server
      .findOneAndUpdate(
        { _id: serverDocumentId },
        { $setOnInsert: { server_id: randomUUID(), schema_version: schemaVersion } },
        { upsert: true, returnDocument: 'after' },
      )
      .lean(),
  )
  if (server.schema_version > schemaVersion) {
    throw new ChatError(
      'config_invalid',
      'The database of DATABASE_URL was used by a newer version of this server. Install that version, or restore a backup.',
    )
  }
  for (const model of Object.values(models)) await model.createIndexes()
}

/** The database on a connection to one that is prepared; `close()` closes it. */
export function makeMongoDatabase(o: {
  readonly connection: Connection
  readonly clock: Clock
  readonly log: Log
}): UserDatabase {
  const engine = makeEngine(o.connection, o.clock, o.log)
  const removals = makeRemovals(engine)
  let closing: Promise<void> | undefined
  removals.start()

  return {
    serverId: () =>
      engine.run(async () => {
        const found = await engine.models.server.findById(serverDocumentId).lean()
        if (found === null) throw lostContents()
        return found.server_id
      }),
    users: makeUserStore(engine, removals.remove),
    sessions: makeSessionStore(engine),
    presence: makePresenceStore(engine),
    contacts: makeContactStore(engine),
    blocks: makeBlockStore(engine),
    claims: makeClaimStore(engine),
    pluginStorage: makePluginStore(engine),
    transfer: makeTransfer(engine),
    check: engine.check,
    close() {
      removals.stop()
      closing ??= engine.close()
      return closing
    },
  }
}
