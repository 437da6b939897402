import type { Cursor, ErrorCode } from '@secure-chat/protocol'
import type { QueueItem } from '../../ports/index.ts'
import type { PresenceView } from '../presence/presence-view.ts'

/** The events of the stream as text/event-stream (WHATWG HTML, section 9.2). JSON has no line breaks, so one `data` line does. */

export const commentText = ':\n\n'

export function readyText(cursor: Cursor, now: number): string {
  return eventText('ready', { now: new Date(now).toISOString() }, cursor)
}

export function messageText({ cursor, record }: QueueItem): string {
  return eventText('message', record, cursor)
}

/** Without an id: presence is no place in the mailbox. */
export function presenceText({ name, state, text, last_seen }: PresenceView): string {
  return eventText('presence', { name, state, text, last_seen })
}

/** With the id of the new place, so that a reconnect does not ask for the expired one again. */
export function resyncText(resume: Cursor): string {
  return eventText('resync', { resume }, resume)
}

export function endText(code: ErrorCode): string {
  return eventText('end', { code })
}

/** How long clients wait before they come back; each is told another time, so that they do not come all at once. */
export function retryText(delayMs: number): string {
  return `retry: ${Math.round(delayMs)}\n\n`
}

function eventText(event: string, data: unknown, id?: Cursor): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`
  return `event: ${event}\n${idLine}data: ${JSON.stringify(data)}\n\n`
}
