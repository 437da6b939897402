import { ChatError } from '@secure-chat/protocol'
import type { Engine } from './engine.ts'

/** The one document of the collection `server`. */
export const serverDocumentId = 'server'

/**
 * The database's clock, milliseconds since the epoch. What several nodes must see in one order is stamped by it
 * (`$currentDate`) at the moment the change is applied, however long it was on its way.
 */
export async function databaseTime({ models }: Pick<Engine, 'models'>): Promise<number> {
  const [answer] = await models.server.aggregate<{ now: Date }>([
    { $match: { _id: serverDocumentId } },
    { $project: { now: '$$NOW' } },
  ])
  if (answer === undefined) throw lostContents()
  return answer.now.getTime()
}

/** Made at every start, so somebody dropped it, or the database, while this server ran. */
export function lostContents(): ChatError {
  return new ChatError(
    'database_unavailable',
    'The database has lost the document "server" while this server ran. Restore a backup and restart.',
  )
}
