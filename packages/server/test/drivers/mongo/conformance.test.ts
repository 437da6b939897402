import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { openMongoDatabase } from '../../../src/drivers/mongo/index.ts'
import { testClock } from '../sqlite/test-clock.ts'
import { userDatabaseConformance } from '../user-database-conformance.ts'
import { ownDatabase } from './own-database.ts'

// Each write is on the disk of a service that shares it with whatever else the machine does.
jest.setTimeout(60_000)

describeWithServices('MongoDB', () => {
  userDatabaseConformance('mongo', async () => {
    const { url, drop } = await ownDatabase()
    const clock = testClock()
    let database = await openMongoDatabase({ url, clock })
    return {
      database,
      async reopen() {
        await database.close()
        database = await openMongoDatabase({ url, clock })
        return database
      },
      async close() {
        await database.close()
        await drop()
      },
    }
  })
})
