import type { SentMessage } from '@secure-chat/client'
import { ChatError } from '@secure-chat/protocol/errors'

/** Of a message that will never be sent, in the server's own words where it gave some. */
export function refusalOf({
  reason = 'not_accepted',
  detail,
}: Pick<SentMessage, 'reason' | 'detail'>): ChatError {
  return new ChatError(reason, detail)
}
