import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { databaseDriverConformance, queueDriverConformance } from '@secure-chat/plugin-sdk/testing'
import { openSqliteDatabase, openSqliteQueue } from '../../../src/drivers/sqlite/index.ts'
import { testClock } from './test-clock.ts'

queueDriverConformance('sqlite', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'secure-chat-queue-'))
  const clock = testClock()
  let queue = await openSqliteQueue({ dir, clock })
  return {
    queue,
    clock,
    async reopen() {
      await queue.close()
      queue = await openSqliteQueue({ dir, clock })
      return queue
    },
    async close() {
      await queue.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
})

databaseDriverConformance('sqlite', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'secure-chat-users-'))
  const clock = testClock()
  let database = await openSqliteDatabase({ dir, clock })
  return {
    database,
    async reopen() {
      await database.close()
      database = await openSqliteDatabase({ dir, clock })
      return database
    },
    async close() {
      await database.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
})
