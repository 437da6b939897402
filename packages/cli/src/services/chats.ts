import type { Account, ChatRow } from '@secure-chat/client'
import type { ChatError } from '@secure-chat/protocol/errors'
import { trySync } from './messages.ts'

export type ChatList = {
  readonly chats: readonly ChatRow[]
  /** Why the newest may be missing. */
  readonly syncFailure: ChatError | undefined
}

export async function listChats(account: Pick<Account, 'sync' | 'chats'>): Promise<ChatList> {
  const syncFailure = await trySync(account)
  return { chats: account.chats(), syncFailure }
}
