import type { Column } from '../output/table.ts'
import { relativeTime } from '../output/time.ts'
import type { OutboxRow } from '../services/outbox.ts'

export function outboxColumns(now: number): Column<OutboxRow>[] {
  return [
    { header: 'ID', value: ({ id }) => id },
    { header: 'TO', value: ({ to }) => to },
    { header: 'SINCE', value: ({ at }) => at, shown: ({ at }) => relativeTime(at, now) },
    { header: 'STATE', value: ({ state }) => state },
    { header: 'REASON', value: ({ reason }) => reason ?? '' },
    { header: 'TEXT', value: ({ text }) => text },
  ]
}
