/** Another process that tries both embedded files of a folder and prints, by file name, how it went. */
import { openSqliteDatabase, openSqliteQueue } from '../../../src/drivers/sqlite/index.ts'
import { testClock } from './test-clock.ts'

const options = { dir: process.argv[2] ?? '', clock: testClock() }

async function outcome(opened: Promise<{ close(): Promise<void> }>): Promise<unknown> {
  try {
    await (await opened).close()
    return 'opened'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : String(error)
  }
}

const outcomes = {
  'queue.sqlite': await outcome(openSqliteQueue(options)),
  'users.sqlite': await outcome(openSqliteDatabase(options)),
}
process.stdout.write(JSON.stringify(outcomes))
