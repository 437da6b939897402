/**
 * `npm run services -- start|stop FOLDER`: Kafka and the MongoDB stand-in by hand, with their data in FOLDER.
 * `start` is idempotent and prints the two settings to start a server with.
 */
import { resolve } from 'node:path'
import { startKafka } from './kafka.ts'
import { startMongo } from './mongo.ts'
import { stopSharedServices } from './shared.ts'

const [action, given] = process.argv.slice(2)
if ((action !== 'start' && action !== 'stop') || given === undefined) {
  process.stderr.write('Usage: npm run services -- start|stop FOLDER\n')
  process.exit(2)
}
const folder = resolve(given)
if (action === 'stop') {
  await stopSharedServices(folder)
} else {
  const kafka = await startKafka({ folder: resolve(folder, 'kafka') })
  const mongo = await startMongo({ folder: resolve(folder, 'mongo') })
  process.stdout.write(
    `DATABASE_URL=mongodb://${mongo.address}/secure-chat\nQUEUE_URL=kafka://${kafka.address}\n`,
  )
}
