import { ChatError } from '@secure-chat/protocol/errors'

/** The id of a message, as `messages --json` shows it: a UUID. */
export function messageId(raw: string): string {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(raw)) return raw
  throw new ChatError('usage', `"${raw}" is not the id of a message.`, {
    suggestions: ['secure-chat messages --json shows the ids.'],
  })
}
