import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteQueue } from '../../../src/drivers/sqlite/index.ts'
import { messageQueueConformance } from '../message-queue-conformance.ts'
import { testClock } from './test-clock.ts'

messageQueueConformance('sqlite', async () => {
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
