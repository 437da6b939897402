import type { ChatRow } from '@secure-chat/client'
import type { Column } from '../output/table.ts'
import { relativeTime } from '../output/time.ts'
import { paintTrust } from './paint.ts'

export function chatColumns(now: number): Column<ChatRow>[] {
  return [
    {
      header: 'NAME',
      value: ({ name }) => name,
      paint: (text, { unread }, style) => (unread > 0 ? style.bold(text) : text),
    },
    { header: 'UNREAD', value: ({ unread }) => String(unread) },
    {
      header: 'LAST',
      value: ({ last_at }) => last_at ?? '',
      shown: ({ last_at }) => (last_at ? relativeTime(last_at, now) : ''),
    },
    {
      header: 'TRUST',
      value: ({ trust }) => trust,
      paint: (text, { trust }, style) => paintTrust(text, trust, style),
    },
    { header: 'TEXT', value: ({ last_text }) => last_text ?? '' },
  ]
}
