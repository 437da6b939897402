import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import type { CalendarReader } from './calendar-reader.ts'
import type { ReadCalendarOptions } from './reading/read-calendar.ts'
import type { Span } from './reading/span.ts'
import type { Source, Version } from './source.ts'

/** One calendar, kept up to date in the background. */
export interface Calendar {
  /** What it says of this moment; undefined: nothing, or it is not known. */
  at(now: number): Span | undefined
  /** When that changes next; infinity: not as far as is known. */
  changesAfter(now: number): number
  start(): void
  /** Resolves when nothing is under way. */
  close(): Promise<void>
}

/** How far a calendar is looked through in advance. */
const windowMs = 7 * 86_400_000
const retryMs = 30_000

export interface CalendarDeps {
  /** For the log. */
  readonly label: string
  readonly source: Source
  readonly reader: CalendarReader
  readonly options: Omit<ReadCalendarOptions, 'from' | 'to'>
  readonly ctx: Pick<ServerContext, 'clock' | 'log' | 'signal'>
  readonly refreshMs: number
  readonly keepMs: number
  /** Runs the work when there is room for it. */
  readonly inSlot: <T>(work: () => Promise<T>) => Promise<T>
  readonly onRefreshed: () => void
  readonly random: () => number
}

export function makeCalendar(deps: CalendarDeps): Calendar {
  const { label, source, reader, options, ctx, refreshMs, keepMs, inSlot, random } = deps
  const { clock, log, signal } = ctx
  let timeline: readonly Span[] = []
  let version: Version | undefined
  /** Until when the timeline reaches, and until when it is believed. */
  let reachesTo = 0
  let goodUntil = 0
  let failures = 0
  let stopTimer: (() => void) | undefined
  let underWay: Promise<void> = Promise.resolve()

  async function refresh(): Promise<void> {
    const now = clock.now()
    // What has not changed is read again all the same before the timeline runs out.
    const isLong = reachesTo - now > windowMs / 2
    const found = await source.load(isLong ? version : undefined)
    if (found.kind === 'text') {
      const to = now + windowMs
      const { timeline: read, skipped } = await reader.read(found.text, {
        ...options,
        from: now,
        to,
      })
      timeline = read
      reachesTo = to
      version = found.version
      if (skipped > 0) {
        const text =
          'events of a calendar cannot be understood, or recur too often: they do not count'
        log.warn({ calendar: label, events: skipped }, text)
      }
    }
    goodUntil = Math.min(now + keepMs, reachesTo)
  }

  async function run(): Promise<void> {
    try {
      await inSlot(refresh)
      if (failures > 0) log.info({ calendar: label }, 'a calendar can be read again')
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      const why = error instanceof Error ? error.message : 'unknown'
      if (failures === 1) {
        const what = clock.now() < goodUntil ? 'the last copy is used' : 'nothing is known of it'
        log.warn({ calendar: label, why }, `a calendar cannot be read: ${what}`)
      }
    }
    if (signal.aborted) return
    deps.onRefreshed()
    const everyMs = failures === 0 ? refreshMs : Math.min(refreshMs, retryMs * 2 ** (failures - 1))
    // Less up to a tenth by chance, so that many do not come at once.
    stopTimer = clock.setTimeout(start, everyMs * (1 - random() / 10))
  }

  function start(): void {
    underWay = run()
  }

  return {
    start,
    at: (now) =>
      now < goodUntil
        ? timeline.find(({ start: begins, end }) => begins <= now && now < end)
        : undefined,
    changesAfter(now) {
      if (now >= goodUntil) return Number.POSITIVE_INFINITY
      const span = timeline.find(({ end }) => end > now)
      if (span === undefined) return Number.POSITIVE_INFINITY
      return Math.min(span.start > now ? span.start : span.end, goodUntil)
    },
    async close() {
      stopTimer?.()
      await underWay
    },
  }
}
