import { randomUUID } from 'node:crypto'
import { sharedMongo } from '@secure-chat/e2e/services'
import { connectMongo } from '../../../src/drivers/mongo/connect.ts'

export interface OwnDatabase {
  readonly url: string
  /** Removes it from the service that all suites of a run share. */
  drop(): Promise<void>
}

/** A database of the caller's own on the run's service. */
export async function ownDatabase(): Promise<OwnDatabase> {
  const { address } = await sharedMongo()
  const url = `mongodb://${address}/test-${randomUUID()}`
  return {
    url,
    async drop() {
      const connection = await connectMongo(url)
      await connection.dropDatabase()
      await connection.close()
    },
  }
}
