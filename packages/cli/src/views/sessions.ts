import type { Column } from '../output/table.ts'
import { relativeTime } from '../output/time.ts'
import type { SessionRow } from '../services/sessions.ts'

export function sessionColumns(now: number): Column<SessionRow>[] {
  const time = (header: string, value: (row: SessionRow) => string): Column<SessionRow> => ({
    header,
    value,
    shown: (row) => relativeTime(value(row), now),
  })
  return [
    { header: 'ID', value: ({ session_id }) => session_id },
    { header: 'HERE', value: ({ current }) => (current ? 'yes' : 'no') },
    time('SINCE', ({ created_at }) => created_at),
    time('LAST USED', ({ last_used_at }) => last_used_at),
    time('EXPIRES', ({ expires_at }) => expires_at),
    { header: 'PROGRAM', value: ({ client }) => client ?? '' },
  ]
}
