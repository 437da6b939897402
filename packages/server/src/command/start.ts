import { withoutPassword } from '../config/without-password.ts'
import { loadConfig, type Settings } from '../config.ts'
import { startServer } from '../main.ts'
import { makeLog, openLogDestination, type ServerLog } from '../ops/log.ts'
import type { CommandIo } from './io.ts'
import { nextCommand } from './next-command.ts'

/** Runs the server until a signal ends it. Resolves with the exit code. */
export async function start(io: CommandIo): Promise<number> {
  const settings = await loadConfig()
  const log = makeLog(settings.logLevel, openLogDestination(io))
  const ended = untilSignal(log)
  const server = await startServer(settings, { log })
  const { registration } = settings
  const next = nextCommand({ url: server.url, registration, cwd: process.cwd() })
  const lines = [
    `secure-chat server is listening on ${server.url}`,
    `  data    ${settings.dataDir}`,
    ...enginesElsewhere(settings),
    ...(server.metricsUrl === undefined ? [] : [`  metrics ${server.metricsUrl}/metrics`]),
    `  next    ${next}`,
    '',
  ]
  if (io.isTerminal) io.out(`${lines.join('\n')}\n`)
  else io.err(`${lines.join('\n')}\n`)
  log.info(
    { event: 'server.started', url: server.url, data_dir: settings.dataDir, next },
    'listening',
  )

  const signal = await ended
  log.info(
    { event: 'server.stopping', signal },
    'stopping: streams end, requests get 10 s; a second signal forces',
  )
  await server.close()
  log.info({ event: 'server.stopped' }, 'stopped')
  log.flush()
  endWhatIsLeft(log)
  return 0
}

/** Where accounts and mailboxes are when they are not in the data folder. */
function enginesElsewhere({ databaseUrl, queueUrl }: Settings): readonly string[] {
  return [
    ...(databaseUrl === undefined ? [] : [`  users   ${withoutPassword(databaseUrl)}`]),
    ...(queueUrl === undefined ? [] : [`  queue   ${withoutPassword(queueUrl)}`]),
  ]
}

/** All of ours is closed: what keeps the process alive now is a timer or socket that a plugin forgot. */
function endWhatIsLeft(log: ServerLog): void {
  const timer = setTimeout(() => {
    const handles = process.getActiveResourcesInfo()
    log.warn({ event: 'server.leak', handles }, 'ended although a plugin left something open')
    log.flush()
    process.exit()
  }, leakMs)
  timer.unref()
}

const leakMs = 2000
/** The first signal resolves; the second ends the process where it stands: what was acknowledged is on disk already. */
function untilSignal(log: ServerLog): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false
    const onSignal = (signal: string) => {
      if (isStopping) {
        log.warn({ event: 'server.forced', signal }, 'forced to stop')
        log.flush()
        process.exit(signal === 'SIGINT' ? 130 : 143)
      }
      isStopping = true
      resolve(signal)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}
