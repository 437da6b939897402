import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cliJson } from '../../setup/cli.ts'
import { eventually } from '../../setup/eventually.ts'
import { root } from '../../setup/paths.ts'
import type { Scene } from '../scene.ts'

/** One event, which began ten minutes ago. */
function calendar(): string {
  const utc = (minutes: number) =>
    new Date(Date.now() + minutes * 60_000).toISOString().replace(/[-:]|\.\d+/g, '')
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'BEGIN:VEVENT',
    'UID:planning',
    `DTSTART:${utc(-10)}`,
    `DTEND:${utc(50)}`,
    'SUMMARY:Planning',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n')
}

export const presenceCalendar: Scene = {
  name: 'presence-calendar',
  picture: 'plugins/presence-calendar/screen.svg',
  title: 'secure-chat users',
  describe: 'The list of users shows bob as busy, in a meeting, and so does a chat with him.',
  columns: 72,
  config(folder) {
    writeFileSync(join(folder, 'bob.ics'), calendar())
    const use = join(root, 'plugins/presence-calendar')
    const config = { users: { bob: [{ file: 'bob.ics' }] } }
    return { plugins: [{ use, grant: ['presence'], config }] }
  },
  async play({ alice, shell, bobJoins }) {
    await bobJoins()
    await eventually('the calendar of bob is read', 60_000, async () => {
      const { state } = Object(await cliJson(alice, ['users', 'show', 'bob']))
      return state === 'busy'
    })
    shell.type('secure-chat users\r')
    await shell.until(/bob +yes +busy[^\n]*\n\$$/)
    shell.type('secure-chat chat bob\r')
    await shell.until('busy: In a meeting')
    shell.type('have a look when you are out\r')
    await shell.until('✓  you: have a look')
  },
}
