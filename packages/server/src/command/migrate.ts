import { ChatError, isChatError } from '@secure-chat/protocol'
import { type Compared, compare, migrate, type Report } from '../migrate/index.ts'
import { makeLog } from '../ops/log.ts'
import { systemClock } from '../ops/system-clock.ts'
import { carrySessionSecret } from './carry-secret.ts'
import type { CommandIo } from './io.ts'
import { isSameDatabase, isSameQueue, type Place, readPlace, refuseEmptyFolder } from './place.ts'
import { makeProgressLine } from './progress-line.ts'
import { reportHead, reportLine } from './report-line.ts'
import { withEngines } from './with-engines.ts'

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
  const from = await readPlace('--from', options.from)
  const to = await readPlace('--to', options.to)
  if (isSameDatabase(from, to) && isSameQueue(from, to)) {
    throw new ChatError('usage', '--from and --to name the same engines: there is nothing to copy.')
  }
  refuseEmptyFolder('--from', from.settings)
  if (options.verify) refuseEmptyFolder('--to', to.settings)
  const interruption = watchForInterruption()
  const progress = makeProgressLine(io, systemClock)
  const log = makeLog('warn', { write: (line) => io.err(line) })
  const print = (compared: Compared) => {
    progress.clear()
    io.out(`${reportLine(compared)}\n`)
  }
  try {
    io.out(`${reportHead(from, to)}\n`)
    const report = await withEngines(from, to, log, (source, target) =>
      (options.verify ? compare : migrate)({
        source,
        target,
        targetKeepsMs: to.settings.retentionDays * dayMs,
        clock: systemClock,
        signal: interruption.signal,
        onProgress: progress.show,
        onTable: print,
        onMailbox(mailbox) {
          if (options.mailboxes || mailbox.difference !== undefined) {
            print({ ...mailbox, what: `mailbox ${mailbox.what}` })
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
