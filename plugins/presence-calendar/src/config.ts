import { z } from '@secure-chat/plugin-sdk/server'
import { textSource } from './text-source.ts'
import { isTimeZone } from './time-zone.ts'

const timeZone = z.string().refine(isTimeZone, 'must be a time zone such as Europe/Berlin')

const ofCalendar = {
  /** Of whole days and of times without a zone; unless set the calendar's own, else the server's. */
  timeZone: timeZone.optional(),
  /** The user's mail address in the calendar: invitations that it declined do not count. */
  address: z.email().optional(),
}

const calendar = z.union(
  [
    /** https, or http on this machine. Often a secret by itself. */
    z.strictObject({ url: textSource, token: textSource.optional(), ...ofCalendar }),
    /** An .ics file. */
    z.strictObject({ file: z.string().min(1), ...ofCalendar }),
  ],
  { error: "must be { url: 'https://…' } or { file: 'PATH' }, with token, timeZone or address" },
)

export type CalendarConfig = z.infer<typeof calendar>

const text = z.string().min(1).max(140)

/** What the operator says; all but `users` may be left out. */
export const presenceCalendarConfig = z.strictObject({
  /** Whose calendars, by the names of the users. */
  users: z.record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{1,31}$/, 'must be the name of a user'),
    z.array(calendar).min(1).max(10),
  ),
  /** How often a calendar is asked for. */
  refreshMinutes: z.number().min(1).max(1440).default(10),
  /** How long the last copy is used when a calendar cannot be read. */
  keepHours: z.number().min(0.1).max(72).default(24),
  /** What is shown while an event runs. */
  text: text.default('In a meeting'),
  /** Show the titles of events instead, but of private and confidential ones. */
  titles: z.boolean().default(false),
  /** Of events that are not agreed on yet. */
  tentative: z.enum(['busy', 'ignore']).default('busy'),
  /** Of events of whole days. */
  allDay: z.enum(['busy', 'ignore']).default('ignore'),
  /** Of events marked so in Outlook, also whole days. */
  outOfOffice: z.enum(['away', 'busy', 'ignore']).default('away'),
  outOfOfficeText: text.default('Out of office'),
  /** A larger calendar is not read. */
  maxMegabytes: z.number().min(0.001).max(20).default(5),
})

export type PresenceCalendarConfig = z.infer<typeof presenceCalendarConfig>
