import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { databaseDriverConformance } from '@secure-chat/plugin-sdk/testing'
import { connectMongo } from '../../../src/drivers/mongo/connect.ts'
import { makeMongoDatabase, prepare } from '../../../src/drivers/mongo/database/open-database.ts'
import { silentLog } from '../../../src/ports/index.ts'
import { testClock } from '../sqlite/test-clock.ts'
import {
  type Asked,
  askedBy,
  declaredIndexes,
  makeCommandRecorder,
  servedBy,
} from './command-recorder.ts'
import { ownDatabase } from './own-database.ts'

// Each write is on the disk of a service that shares it with whatever else the machine does.
jest.setTimeout(60_000)

describeWithServices('MongoDB', () => {
  const recorder = makeCommandRecorder()

  databaseDriverConformance('mongo', async () => {
    const { url, drop } = await ownDatabase()
    const clock = testClock()
    const open = async () => {
      const connection = await recorder.connect(url)
      await prepare(connection)
      return makeMongoDatabase({ connection, clock, log: silentLog })
    }
    let database = await open()
    return {
      database,
      async reopen() {
        await database.close()
        database = await open()
        return database
      },
      async close() {
        await database.close()
        await drop()
      },
    }
  })

  /** Needs the suite above to have run: it looks at all that was asked there. */
  test('no command of all these walks through a collection, or sorts what an index could give in order', async () => {
    const { url } = await ownDatabase()
    const connection = await connectMongo(url)
    const indexes = declaredIndexes(connection)
    await connection.close()
    const asked = recorder.asked()
    expect(asked.length).toBeGreaterThan(40)
    for (const each of asked) {
      const found = servedBy(sortsPresent(each), indexes.get(each.collection) ?? [])
      expect({ ...each, found: found.length > 0 }).toEqual({ ...each, found: true })
    }
  })
})

/** Present users are found by their last sign of life and sorted by name while they are few: see list-users.ts. */
function sortsPresent(asked: Asked): Asked {
  return asked.hint !== undefined && 'presence.last_seen_at' in asked.hint
    ? { ...asked, sort: {} }
    : asked
}

test.each([
  [{ find: 'c', filter: { b: 1 } }, false],
  [{ find: 'c', filter: {} }, false],
  [{ find: 'c', filter: { a: { $exists: true } } }, false],
  [{ find: 'c', filter: { a: { $gt: 1 } }, sort: new Map([['b', 1]]) }, false],
  [{ find: 'c', filter: { a: 1 }, sort: new Map([['b', 1]]) }, true],
  [{ find: 'c', filter: { a: 1 }, sort: new Map([['b', -1]]) }, true],
  [{ find: 'c', filter: { _id: { $in: [1] }, b: 1 } }, true],
  [{ find: 'c', filter: { a: 1 }, hint: { z: 1 } }, false],
  [{ find: 'c', filter: { $or: [{ a: 1 }, { b: 1 }] } }, false],
  [{ find: 'c', filter: { $or: [{ a: 1 }, { _id: 1 }] } }, true],
  [{ update: 'c', updates: [{ q: { b: 1 } }] }, false],
  [{ aggregate: 'c', pipeline: [{ $match: { a: 1 } }] }, true],
  [{ aggregate: 'c', pipeline: [{ $group: {} }] }, false],
])('the watch tells what an index serves from what it does not: %j', (command, isServed) => {
  const indexes = [
    [['_id', 1]],
    [
      ['a', 1],
      ['b', 1],
    ],
  ] as const
  const [asked] = askedBy(command)
  expect(asked !== undefined && servedBy(asked, indexes).length > 0).toBe(isServed)
})
