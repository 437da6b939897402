import type {
  PresenceAnswer,
  PresenceProvider,
  ServerContext,
} from '@secure-chat/plugin-sdk/server'
import type { Calendar } from './calendar.ts'
import type { Span } from './reading/span.ts'

/** The presence of users by what their calendars say of the moment. */
export interface CalendarPresence {
  readonly provider: PresenceProvider
  /** A calendar was read, or could not be. */
  refreshed(): void
  close(): void
}

/** Long: `watch` tells of every change. It is for a machine that slept through one. */
const ttlMs = 60_000
/** The longest that timers of the system can wait. */
const timerMaxMs = 2_147_483_647

export function makeCalendarPresence({
  calendars,
  clock,
}: {
  /** By name, in small letters. */
  readonly calendars: ReadonlyMap<string, readonly Calendar[]>
  readonly clock: ServerContext['clock']
}): CalendarPresence {
  const shown = new Map<string, string>()
  const listeners = new Set<(name: string) => void>()
  let stopTimer: (() => void) | undefined

  function answerFor(name: string, now: number): PresenceAnswer | undefined {
    const spans = (calendars.get(name) ?? [])
      .map((calendar) => calendar.at(now))
      .filter((span): span is Span => span !== undefined)
    const span = spans.find(({ state }) => state === 'away') ?? spans[0]
    return span && { state: span.state, text: span.text }
  }

  /** Tells of whom something else holds than before, and comes again at the next change. */
  function refreshed(): void {
    stopTimer?.()
    const now = clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const [name, ofUser] of calendars) {
      const answer = answerFor(name, now)
      const key = answer === undefined ? '' : `${answer.state} ${answer.text}`
      if (key !== (shown.get(name) ?? '')) {
        shown.set(name, key)
        for (const changed of listeners) changed(name)
      }
      next = Math.min(next, ...ofUser.map((calendar) => calendar.changesAfter(now)))
    }
    stopTimer = Number.isFinite(next)
      ? clock.setTimeout(refreshed, Math.min(next - now, timerMaxMs))
      : undefined
  }

  return {
    refreshed,
    provider: {
      ttlMs,
      lookup(names) {
        const now = clock.now()
        const known = names.map((name) => [name, answerFor(name, now)] as const)
        return Object.fromEntries(
          known.filter((entry): entry is [string, PresenceAnswer] => entry[1] !== undefined),
        )
      },
      watch(changed) {
        listeners.add(changed)
        return () => {
          listeners.delete(changed)
        }
      },
    },
    close: () => stopTimer?.(),
  }
}
