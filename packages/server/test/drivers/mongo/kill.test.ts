import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeWithServices, startMongo } from '@secure-chat/e2e/services'
import { openMongoDatabase } from '../../../src/drivers/mongo/index.ts'
import { systemClock } from '../../../src/ops/system-clock.ts'
import { makeWriters } from './writers.ts'

const rounds = Number(process.env.SOAK_ROUNDS ?? 3)

describeWithServices('MongoDB killed under concurrent writes', () => {
  test(
    `${rounds} times: whatever was acknowledged is there`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'secure-chat-mongo-'))
      let service = await startMongo({ folder })
      const url = `mongodb://${service.address}/users`
      const database = await openMongoDatabase({ url, clock: systemClock })
      const writers = makeWriters(database)
      try {
        for (let round = 0; round < rounds; round += 1) {
          const writing = writers.start()
          await writers.finishedLives(6 + ((round * 7) % 10))
          await service.kill()
          writers.stop()
          await writing
          service = await startMongo({ folder })
          while (!(await answers(() => database.check()))) await sleep(100)
          await writers.compare()
        }
      } finally {
        await database.close()
        await service.stop()
        rmSync(folder, { recursive: true, force: true })
      }
    },
    60_000 + rounds * 60_000,
  )
})

function answers(call: () => Promise<unknown>): Promise<boolean> {
  return call().then(
    () => true,
    () => false,
  )
}
