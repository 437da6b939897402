import { ChatError, type UserName } from '@secure-chat/protocol'

export function mailboxRemoved(user: UserName): ChatError {
  return new ChatError('no_such_user', `The mailbox of ${user} was removed with its account.`)
}
