import type { PresenceCalendarConfig } from '../config.ts'
import { startOfDay } from '../time-zone.ts'
import type { Instance } from './instances.ts'

/** A time in which a user is seen as something. */
export interface Span {
  /** Milliseconds since the epoch; `end` is no longer part of it. */
  readonly start: number
  readonly end: number
  readonly state: 'busy' | 'away'
  readonly text: string
}

/** Of the config what decides how an event is seen. */
export type View = Pick<
  PresenceCalendarConfig,
  'text' | 'titles' | 'tentative' | 'allDay' | 'outOfOffice' | 'outOfOfficeText'
>

/** How an event is seen; undefined when it does not count. */
export function spanOf(
  { start, end, isFullDay, event }: Instance,
  view: View,
  timeZone: string,
): Span | undefined {
  const status = wordOf(event.status)
  // Outlook's, more exact than TRANSP; the parser takes the X- off.
  const busyStatus = wordOf(event['MICROSOFT-CDO-BUSYSTATUS'])
  const isFree =
    status === 'CANCELLED' ||
    event.DECLINED !== undefined ||
    wordOf(event.transparency) === 'TRANSPARENT' ||
    busyStatus === 'FREE' ||
    busyStatus === 'WORKINGELSEWHERE'
  if (isFree) return undefined
  const time = isFullDay
    ? { start: startOfDay(start, timeZone), end: startOfDay(end, timeZone) }
    : { start: Number(start), end: Number(end) }
  if (busyStatus === 'OOF') {
    const { outOfOffice, outOfOfficeText } = view
    return outOfOffice === 'ignore'
      ? undefined
      : { ...time, state: outOfOffice, text: outOfOfficeText }
  }
  const isTentative = status === 'TENTATIVE' || busyStatus === 'TENTATIVE'
  if (isTentative && view.tentative === 'ignore') return undefined
  if (isFullDay && view.allDay === 'ignore') return undefined
  return { ...time, state: 'busy', text: (view.titles && titleOf(event)) || view.text }
}

/** Nothing of events that are not public: an unknown class is private (RFC 5545, 3.8.1.3). */
function titleOf(event: Instance['event']): string {
  const isPublic = [event.class].flat().every((one) => ['', 'PUBLIC'].includes(wordOf(one)))
  if (!isPublic) return ''
  return textOf(event.summary).replace(/\s+/g, ' ').trim().slice(0, 140)
}

function wordOf(value: unknown): string {
  return textOf(value).trim().toUpperCase()
}

/** A property may come with parameters, or more than once. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return textOf(value[0])
  return value !== null && typeof value === 'object' && 'val' in value ? textOf(value.val) : ''
}
