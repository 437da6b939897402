import { randomInt } from 'node:crypto'
import { defineServerPlugin } from '@secure-chat/plugin-sdk/server'
import { makeCalendar } from './calendar.ts'
import { makeCalendarPresence } from './calendar-presence.ts'
import { makeCalendarReader } from './calendar-reader.ts'
import { presenceCalendarConfig } from './config.ts'
import { makeSlots } from './slots.ts'
import { makeSource } from './source.ts'

/** So many calendars are loaded at once. */
const loadsMax = 4
/** How long the reading of one may take. */
const readMs = 10_000

/** Shows users as busy while an event of their calendar runs. */
export default defineServerPlugin({
  name: 'presence-calendar',
  apiVersion: 1,
  capabilities: ['presence'],
  config: presenceCalendarConfig,
  create(ctx, config) {
    const { clock, signal } = ctx
    const { users, refreshMinutes, keepHours, maxMegabytes, ...view } = config
    const reader = makeCalendarReader({ clock, readMs })
    const inSlot = makeSlots(loadsMax)
    const calendars = new Map(
      Object.entries(users).map(([name, ofUser]) => [
        name.toLowerCase(),
        ofUser.map((calendar, at) => {
          const label = `users.${name}.${at}`
          const deps = { clock, signal, maxBytes: maxMegabytes * 1_000_000 }
          return makeCalendar({
            label,
            source: makeSource(calendar, label, deps),
            reader,
            options: { view, timeZone: calendar.timeZone, address: calendar.address },
            ctx,
            refreshMs: refreshMinutes * 60_000,
            keepMs: keepHours * 3_600_000,
            inSlot,
            onRefreshed: () => presence.refreshed(),
            random: () => randomInt(1_000_000) / 1_000_000,
          })
        }),
      ]),
    )
    const presence = makeCalendarPresence({ calendars, clock })
    const all = [...calendars.values()].flat()
    // In the background: a start does not wait for calendars, and neither does a look-up.
    for (const calendar of all) calendar.start()
    return {
      presence: presence.provider,
      async close() {
        presence.close()
        await Promise.all([reader.close(), ...all.map((calendar) => calendar.close())])
      },
    }
  },
})
