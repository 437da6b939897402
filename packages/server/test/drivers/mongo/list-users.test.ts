import { describeWithServices } from '@secure-chat/e2e/services'
import type { UserName } from '@secure-chat/protocol'
import { connectMongo } from '../../../src/drivers/mongo/connect.ts'
import { makeEngine } from '../../../src/drivers/mongo/database/engine.ts'
import { makeListUsers } from '../../../src/drivers/mongo/database/list-users.ts'
import { prepare } from '../../../src/drivers/mongo/database/open-database.ts'
import { silentLog } from '../../../src/ports/index.ts'
import { testClock } from '../sqlite/test-clock.ts'
import { now } from '../user-rules/kit.ts'
import { ownDatabase } from './own-database.ts'

const count = 300

/** A fifth of them offline, a third quiet for a second. */
function userAt(index: number) {
  return {
    name: `u${String(index).padStart(3, '0')}` as UserName,
    state: index % 5 ? 'online' : 'offline',
    lastSeenAt: now - (index % 3 ? 0 : 1000),
  }
}

describeWithServices('present users in MongoDB', () => {
  test('are listed alike when they are few and sorted, and when they are many and met by name', async () => {
    const { url, drop } = await ownDatabase()
    const connection = await connectMongo(url)
    await prepare(connection)
    const engine = makeEngine(connection, testClock(), silentLog)
    const all = Array.from({ length: count }, (_, index) => userAt(index))
    await engine.models.users.insertMany(
      all.map(({ name, state, lastSeenAt }) => ({
        _id: name,
        is_removed: false,
        presence: { state, text: null, last_seen_at: lastSeenAt, changed_at: new Date(now) },
      })),
    )
    for (const few of [10, count * 2]) {
      const list = makeListUsers(engine, few)
      for (const seenSince of [now, now - 1000]) {
        const expected = all
          .filter(({ state, lastSeenAt }) => state === 'online' && lastSeenAt >= seenSince)
          .map(({ name }) => name)
        expect(await list({ seenSince, limit: 40 })).toEqual(expected.slice(0, 40))
        const after = expected[39] ?? ''
        expect(await list({ seenSince, after, limit: 40 })).toEqual(expected.slice(40, 80))
        expect(await list({ seenSince, prefix: 'u29', limit: 40 })).toEqual(
          expected.filter((name) => name.startsWith('u29')),
        )
      }
    }
    await engine.close()
    await drop()
  }, 60_000)
})
