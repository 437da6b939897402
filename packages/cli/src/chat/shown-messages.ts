import type { StoredMessage } from '@secure-chat/client'
import type { ChatExtensions } from './chat-options.ts'

/** What plugins leave of the messages, one after the other: some look at what came before. */
export async function shownMessages(
  messages: readonly StoredMessage[],
  { incoming }: Pick<ChatExtensions, 'incoming'>,
): Promise<StoredMessage[]> {
  const shown: StoredMessage[] = []
  for (const message of messages) {
    const left = await incoming(message)
    if (left) shown.push(left)
  }
  return shown
}
