/** A server that speaks MongoDB's wire protocol on loopback; see mongo/src for what it is. */
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { classPath, quickStart } from './java-program.ts'
import { formerPort, freePorts, runningIn, type Service, startProcess } from './service-process.ts'

const program = { folder: fileURLToPath(new URL('mongo', import.meta.url)), isCompiled: true }

/** Starts it on a folder for its data, or finds it running there. The same folder again has the same port. */
export async function startMongo({
  folder,
  isMeasured = false,
}: {
  readonly folder: string
  /** It is compiled in full, to be measured; otherwise so that its start costs little. */
  readonly isMeasured?: boolean
}): Promise<Service> {
  const running = runningIn(folder)
  if (running !== undefined) return running
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const libraries = await classPath(program)
  const port = formerPort(folder) ?? (await freePorts(1))[0] ?? 0
  return startProcess({
    name: 'mongo',
    folder,
    port,
    command: 'java',
    arguments: [
      '-Xmx512m',
      ...(isMeasured ? [] : quickStart),
      ...['-cp', libraries, 'MongoStandIn', String(port), folder],
    ],
  })
}
