import { makeSqliteDatabase } from '../../../src/drivers/sqlite/database/open-database.ts'
import { usersSchema } from '../../../src/drivers/sqlite/database/schema.ts'
import { migrate } from '../../../src/drivers/sqlite/migrate.ts'
import { makeSqliteQueue } from '../../../src/drivers/sqlite/queue/open-queue.ts'
import { queueSchema } from '../../../src/drivers/sqlite/queue/schema.ts'
import { silentLog } from '../../../src/ports/index.ts'
import { RecordingDatabase } from './recording-database.ts'
import { testClock } from './test-clock.ts'

/** Whatever the size of a table, every statement must find its rows by a key or an index. */
test.each([
  ['queue', queueSchema, makeSqliteQueue],
  ['users', usersSchema, makeSqliteDatabase],
] as const)('no statement of the %s file walks through a table', async (_name, schema, make) => {
  const db = new RecordingDatabase(':memory:')
  migrate(db, schema, ':memory:')
  db.statements.length = 0
  const engine = make({ db, clock: testClock(), log: silentLog, release: () => undefined })
  const statements = [...new Set(db.statements)].filter((sql) =>
    /^(SELECT|INSERT|UPDATE|DELETE)/.test(sql.trim()),
  )
  expect(statements.length).toBeGreaterThan(10)
  for (const sql of statements) {
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
    const walks = plan
      .map((step) => String(step.detail))
      .filter((detail) => /^SCAN (?!\(subquery|CONSTANT ROW)/.test(detail))
    expect({ sql, walks }).toEqual({ sql, walks: [] })
  }
  await engine.close()
  db.close()
})

test('a page is found by the index, and only names are sorted', () => {
  const db = new RecordingDatabase(':memory:')
  migrate(db, queueSchema, ':memory:')
  db.statements.length = 0
  makeSqliteQueue({ db, clock: testClock(), log: silentLog, release: () => undefined })
  for (const sql of db.statements.filter((each) => each.startsWith('SELECT'))) {
    const plan = db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((step) => String(step.detail))
    expect({ sql, sorts: plan.filter((detail) => detail.includes('TEMP B-TREE')) }).toEqual({
      sql,
      sorts: [],
    })
  }
})
