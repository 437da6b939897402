/** One broker and one database for all suites of a test run: they keep apart by topics and database names. */
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alone, servicesMissing } from './java-program.ts'
import { startKafka } from './kafka.ts'
import { startMongo } from './mongo.ts'
import { runningIn, type Service } from './service-process.ts'

/** Set by `scripts/run-tests.ts` for a run, which also stops what runs there in the end. */
export const servicesFolderVariable = 'SECURE_CHAT_TEST_SERVICES'

const names = ['kafka', 'mongo'] as const

/** The run's broker, started by whoever asks first. */
export function sharedKafka(): Promise<Service> {
  return inFolder('kafka', (folder) => startKafka({ folder }))
}

/** The run's database. Use a database name of your own. */
export function sharedMongo(): Promise<Service> {
  return inFolder('mongo', (folder) => startMongo({ folder }))
}

/**
 * `describe` where the services can be started. Elsewhere its tests are counted as skipped and one line says why,
 * unless `REQUIRE_SERVICES=1`: then what is missing is a failure, so that CI cannot pass without them.
 */
export function describeWithServices(name: string, body: () => void): void {
  const missing = servicesMissing()
  if (missing === undefined) {
    describe(name, body)
    return
  }
  if (process.env.REQUIRE_SERVICES === '1') {
    test(`${name}: needs Java and Maven`, () => {
      throw new Error(`The services cannot be started (${missing}) and REQUIRE_SERVICES is 1.`)
    })
    return
  }
  process.stderr.write(`SKIPPED, ${missing}: ${name}\n`)
  describe.skip(name, body)
}

/** Ends every service that runs in the folder of a run. */
export async function stopSharedServices(folder: string): Promise<void> {
  await Promise.all(names.map((name) => runningIn(join(folder, name))?.stop()))
}

async function inFolder(
  name: (typeof names)[number],
  start: (folder: string) => Promise<Service>,
): Promise<Service> {
  const run = process.env[servicesFolderVariable] ?? join(tmpdir(), 'secure-chat-test-services')
  if (!existsSync(run)) mkdirSync(run, { recursive: true, mode: 0o700 })
  return alone(join(run, `.starting-${name}`), () => start(join(run, name)))
}
