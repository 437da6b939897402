import type { Account, MessageQuery, StoredMessage } from '@secure-chat/client'
import { type ChatError, isChatError } from '@secure-chat/protocol/errors'
import type { ChatExtensions } from '../chat/index.ts'
import { shownMessages } from '../chat/shown-messages.ts'

export type MessagesOptions = {
  readonly account: Pick<Account, 'sync' | 'messages' | 'markRead'>
  readonly extensions: Pick<ChatExtensions, 'incoming'>
}

export type History = {
  readonly messages: readonly StoredMessage[]
  /** Why the history may lack the newest lines. */
  readonly syncFailure: ChatError | undefined
}

/** Fetches what is new, then reads from the vault; without a server what is there is still shown. */
export async function readHistory(
  query: MessageQuery,
  isOffline: boolean,
  { account, extensions }: MessagesOptions,
): Promise<History> {
  const syncFailure = isOffline ? undefined : await trySync(account)
  return { messages: await shownMessages(account.messages(query), extensions), syncFailure }
}

/** Up to the newest line that was shown, so that what came meanwhile stays unread. */
export function markShownRead(
  messages: readonly StoredMessage[],
  account: Pick<Account, 'markRead'>,
): void {
  const newest = new Map<string, string>()
  for (const { direction, from, id } of messages) if (direction === 'in') newest.set(from, id)
  for (const [name, id] of newest) account.markRead(name, id)
}

/** A server out of reach is told, not thrown: what is on this device can still be read. */
export async function trySync(account: Pick<Account, 'sync'>): Promise<ChatError | undefined> {
  try {
    await account.sync()
    return undefined
  } catch (error) {
    if (isChatError(error) && error.exit === 3) return error
    throw error
  }
}
