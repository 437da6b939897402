import { ChatError, isChatError } from '@secure-chat/protocol'
import { openDatabase, openQueue } from '../engines.ts'
import { compare, type Engines, migrate, type Report } from '../migrate/index.ts'
import { makeLog } from '../ops/log.ts'
import { systemClock } from '../ops/system-clock.ts'
import { carrySessionSecret } from './carry-secret.ts'
import type { CommandIo } from './io.ts'
import { isSameDatabase, isSameQueue, type Place, readPlace, refuseEmptyFolder } from './place.ts'
import { makeProgressLine } from './progress-line.ts'
import { reportHead, reportLine } from './report-line.ts'

const dayMs = 86_400_000

export interface MigrateOptions {
  readonly from: string
  readonly to: string
  /** Compares and writes nothing. */
  readonly verify: boolean
  /** One line for every mailbox, not only for those that differ. */
  readonly mailboxes: boolean
}

/** Copies a server's data to other engines. Exit code 0 only when both sides are the same in the end. */
export async function migrateServer(io: CommandIo, options: MigrateOptions): Promise<number> {
  const [env, cwd] = [process.env, process.cwd()]
  const from = await readPlace('--from', options.from, env, cwd)
  const to = await readPlace('--to', options.to, env, cwd)
  if (isSameDatabase(from, to) && isSameQueue(from, to)) {
    throw new ChatError('usage', '--from and --to name the same engines: there is nothing to copy.')
  }
  refuseEmptyFolder('--from', from.settings)
  if (options.verify) refuseEmptyFolder('--to', to.settings)
  const interruption = watchForInterruption()
  const progress = makeProgressLine(io, systemClock)
  try {
    io.out(`${reportHead(from, to)}\n`)
    const report = await withEngines(io, from, to, (source, target) =>
      (options.verify ? compare : migrate)({
        source,
        target,
        targetKeepsMs: to.settings.retentionDays * dayMs,
        clock: systemClock,
        signal: interruption.signal,
        onProgress: progress.show,
        onMailbox(mailbox) {
          if (options.mailboxes || mailbox.difference !== undefined) {
            progress.clear()
            io.out(`${reportLine({ ...mailbox, what: `mailbox ${mailbox.what}` })}\n`)
          }
        },
      }),
    )
    progress.clear()
    return conclude(io, report, from, to, options)
  } catch (error) {
    progress.clear()
    throw withHint(error)
  } finally {
    interruption.end()
  }
}

function conclude(
  io: CommandIo,
  report: Report,
  from: Place,
  to: Place,
  options: MigrateOptions,
): number {
  for (const table of report.tables) io.out(`${reportLine(table)}\n`)
  if (!isSameQueue(from, to)) {
    io.out(`messages\t${report.messages.source}\t${report.messages.target}\n`)
  }
  if (!report.isEqual) {
    io.err(
      'The two sides are not the same. Is a server still at work on one of them? Stop it and run the same command again; what is the same already is not copied twice.\n',
    )
    return 1
  }
  if (options.verify) return 0
  io.err(
    `Both sides are the same. ${carrySessionSecret(from, to)}\nStart the server on the target, and do not start it on the source again: the two would part.\n`,
  )
  return 0
}

/** An engine that both sides share is opened once. Whatever was opened is closed. */
async function withEngines<T>(
  io: CommandIo,
  from: Place,
  to: Place,
  work: (source: Engines, target: Engines) => Promise<T>,
): Promise<T> {
  const deps = { clock: systemClock, log: makeLog('warn', { write: (line) => io.err(line) }) }
  const opened: Array<{ close(): Promise<void> }> = []
  const keep = <E extends { close(): Promise<void> }>(engine: E): E => {
    opened.push(engine)
    return engine
  }
  try {
    const source = {
      database: keep(await openDatabase(from.settings, deps)),
      queue: keep(await openQueue(from.settings, deps)),
    }
    const target = {
      database: isSameDatabase(from, to)
        ? source.database
        : keep(await openDatabase(to.settings, deps)),
      queue: isSameQueue(from, to) ? source.queue : keep(await openQueue(to.settings, deps)),
    }
    return await work(source, target)
  } finally {
    await Promise.allSettled(opened.map((engine) => engine.close()))
  }
}

/** The first signal ends it in order, the second at once: nothing is lost by either. */
function watchForInterruption(): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort(new ChatError('interrupted', 'Stopped.'))
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    end() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}

const passing = ['interrupted', 'queue_unavailable', 'database_unavailable', 'disk_full'] as const

function withHint(error: unknown): unknown {
  const code = passing.find((one) => isChatError(error, one))
  if (code === undefined || !isChatError(error)) return error
  return new ChatError(
    code,
    `${error.message} The source is as it was. Run the same command again: it goes on where it stopped.`,
    { cause: error },
  )
}
