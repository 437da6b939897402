import { randomUUID } from 'node:crypto'
import { type Service, sharedMongo } from '@secure-chat/e2e/services'
import type { Connection } from 'mongoose'
import { connectMongo } from '../../../src/drivers/mongo/connect.ts'
import { type Models, makeModels } from '../../../src/drivers/mongo/models.ts'

export interface OwnDatabase {
  readonly url: string
  /** Removes it from the service that all suites of a run share. */
  drop(): Promise<void>
}

/** A database of the caller's own on the run's service, or on the given one. */
export async function ownDatabase(service?: Service): Promise<OwnDatabase> {
  const { address } = service ?? (await sharedMongo())
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

export interface SharedOwnDatabase {
  readonly url: string
  /** Past the driver: for what a test puts there as another process, or a crash, would have left it. */
  readonly models: Models
}

/** One for all tests of a block. */
export function sharedOwnDatabase(): SharedOwnDatabase {
  let own: (OwnDatabase & { readonly connection: Connection; readonly models: Models }) | undefined
  beforeAll(async () => {
    const made = await ownDatabase()
    const connection = await connectMongo(made.url)
    own = { ...made, connection, models: makeModels(connection) }
  })
  afterAll(async () => {
    await own?.connection.close()
    await own?.drop()
  })
  const present = () => {
    if (!own) throw new Error('The database is there only while tests run.')
    return own
  }
  return {
    get url() {
      return present().url
    },
    get models() {
      return present().models
    },
  }
}
