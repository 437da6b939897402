import { jest } from '@jest/globals'
import { describeWithServices, freePorts } from '@secure-chat/e2e/services'
import { isChatError } from '@secure-chat/protocol'
import { connectMongo } from '../../../src/drivers/mongo/connect.ts'
import { prepare } from '../../../src/drivers/mongo/database/open-database.ts'
import { openMongoDatabase } from '../../../src/drivers/mongo/index.ts'
import { makeModels } from '../../../src/drivers/mongo/models.ts'
import { readMongoUrl } from '../../../src/drivers/mongo/url.ts'
import { testClock } from '../sqlite/test-clock.ts'
import { ownDatabase, sharedOwnDatabase } from './own-database.ts'

jest.setTimeout(60_000)

const password = 'canary%2Fpassword'

async function failureOf(url: string): Promise<{ code: string; shown: string }> {
  const error: unknown = await openMongoDatabase({ url, clock: testClock() }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isChatError(error)) throw error
  const causes: unknown[] = []
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    causes.push(each.message, each.stack, JSON.stringify(each))
  }
  return { code: error.code, shown: causes.join('\n') }
}

test.each([
  'mongodb://127.0.0.1:1/x?w=0',
  'mongodb://127.0.0.1:1/x?readPreference=secondaryPreferred',
  'mongodb://127.0.0.1:1/x?READPREFERENCE=nearest',
  'mongodb://127.0.0.1:1/x?maxPoolSize=many',
  'mongodb://127.0.0.1:1/x?noSuchOption=1',
  'mongodb://127.0.0.1:1/x?tlsCAFile=/no/such/file&tls=true',
  'mongodb://',
  'mongodb://127.0.0.1:notaport/x',
  `mongodb://user:${password}@127.0.0.1:notaport/x`,
  `mongodb://us:er:${password}@127.0.0.1:1/x`,
  `mongodb://user:%zz${password}@127.0.0.1:1/x`,
  `mongodb://user:${password}@127.0.0.1:1/x?noSuchOption=1`,
])('refuses %s with a sentence and without its password', async (url) => {
  const { code, shown } = await failureOf(url)
  expect(code).toBe('config_invalid')
  expect(shown).toContain('DATABASE_URL')
  expect(shown).not.toContain('canary')
})

test('says which servers do not answer, without the password', async () => {
  const [port] = await freePorts(1)
  const { code, shown } = await failureOf(`mongodb://user:${password}@127.0.0.1:${port}/x`)
  expect(code).toBe('database_unavailable')
  expect(shown).toContain(`127.0.0.1:${port}`)
  expect(shown).not.toContain('canary')
})

test('a name that DNS does not know is told as such', async () => {
  const { code, shown } = await failureOf(`mongodb+srv://user:${password}@cluster.invalid/x`)
  expect(code).toBe('database_unavailable')
  expect(shown).toContain('cluster.invalid')
  expect(shown).not.toContain('canary')
})

test('an URL is read as far as this driver needs it', () => {
  const url = readMongoUrl(
    `mongodb://us%40er:${password}@a:1,b:2/my%2Ddata?maxPoolSize=7&W=majority`,
  )
  expect(url).toMatchObject({ hosts: 'a:1,b:2', databaseName: 'my-data' })
  expect([url.has('maxpoolsize'), url.get('w'), url.has('journal')]).toEqual([
    true,
    'majority',
    false,
  ])
  for (const secret of ['canary%2Fpassword', 'canary/password', 'us%40er', 'us@er']) {
    expect(url.redact(`it says ${secret}`)).not.toContain(secret)
  }
  expect(url.redact('maxPoolSize is wrong')).toBe('maxPoolSize is wrong')
  for (const bare of ['mongodb://a', 'mongodb://a/', 'mongodb://a/?x=1']) {
    expect(readMongoUrl(bare)).toMatchObject({ hosts: 'a', databaseName: undefined })
  }
})

describeWithServices('a start on MongoDB', () => {
  const own = sharedOwnDatabase()

  test('makes every index, and finds them made the next time', async () => {
    const indexes = () =>
      Promise.all(
        Object.values(own.models).map(async (model) => {
          const found = await model.collection.listIndexes().toArray()
          return found.map(({ key }) => JSON.stringify(key)).toSorted()
        }),
      )
    const connection = await connectMongo(own.url)
    await prepare(connection)
    const made = await indexes()
    expect(made).toEqual(
      Object.values(makeModels(connection)).map((model) =>
        [{ _id: 1 }, ...model.schema.indexes().map(([keys]) => keys)]
          .map((keys) => JSON.stringify(keys))
          .toSorted(),
      ),
    )
    await Promise.all([prepare(connection), prepare(connection)])
    expect(await indexes()).toEqual(made)
    await connection.close()
  })

  test('keeps pool and time-outs of the URL, and has its own where the URL says nothing', async () => {
    const optionsOf = async (query: string) => {
      const connection = await connectMongo(`${own.url}${query}`)
      const { options } = connection.getClient()
      await connection.close()
      return options
    }
    expect(await optionsOf('')).toMatchObject({
      maxPoolSize: 50,
      serverSelectionTimeoutMS: 2500,
      socketTimeoutMS: 5000,
      writeConcern: { w: 'majority', journal: true },
    })
    expect(
      await optionsOf('?maxPoolSize=7&serverselectiontimeoutms=1234&socketTimeoutMS=99&w=1'),
    ).toMatchObject({
      maxPoolSize: 7,
      serverSelectionTimeoutMS: 1234,
      socketTimeoutMS: 99,
      waitQueueTimeoutMS: 2500,
      writeConcern: { w: 1 },
    })
  })

  test('has a database name of its own where the URL gives none', async () => {
    const connection = await connectMongo(own.url.replace(/\/test-.*$/, '/'))
    expect(connection.name).toBe('secure-chat')
    await connection.close()
  })

  test('refuses a database that a newer version has used', async () => {
    const { url, drop } = await ownDatabase()
    const connection = await connectMongo(url)
    await prepare(connection)
    await makeModels(connection).server.updateOne(
      { _id: 'server' },
      { $set: { schema_version: 99 } },
    )
    await connection.close()
    expect(await failureOf(url)).toMatchObject({ code: 'config_invalid' })
    await drop()
  })
})
