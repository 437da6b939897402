import type { Column } from '../output/table.ts'
import { relativeTime } from '../output/time.ts'
import type { PresenceRow } from '../services/presence.ts'
import type { UserRow } from '../services/users.ts'
import { paintPresence, paintTrust } from './paint.ts'

export function presenceColumns<Row extends PresenceRow>(now: number): Column<Row>[] {
  return [
    { header: 'NAME', value: ({ name }) => name },
    { header: 'ONLINE', value: ({ online }) => (online ? 'yes' : 'no') },
    {
      header: 'STATE',
      value: ({ state }) => state,
      paint: (text, { online }, style) => paintPresence(text, online, style),
    },
    {
      header: 'LAST SEEN',
      value: ({ last_seen }) => last_seen ?? '',
      shown: ({ last_seen, online }) => (online || !last_seen ? '' : relativeTime(last_seen, now)),
    },
    { header: 'TEXT', value: ({ text }) => text ?? '' },
  ]
}

export function userColumns(now: number): Column<UserRow>[] {
  const [name, online, state, lastSeen, text] = presenceColumns<UserRow>(now)
  const trust: Column<UserRow> = {
    header: 'TRUST',
    value: ({ trust }) => trust,
    paint: (text, { trust }, style) => paintTrust(text, trust, style),
  }
  return [name, online, state, trust, lastSeen, text].filter((column) => column !== undefined)
}

export function describedColumns(now: number): Column<UserRow & { blocked: boolean }>[] {
  return [
    ...userColumns(now),
    { header: 'BLOCKED', value: ({ blocked }) => (blocked ? 'yes' : 'no') },
  ]
}

export const blockedColumns: Column<string>[] = [{ header: 'NAME', value: (name) => name }]
