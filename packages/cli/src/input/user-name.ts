import { ChatError, isChatError } from '@secure-chat/protocol/errors'
import { parseUserName, type UserName } from '@secure-chat/protocol/user-name'

/** A name given on the command line: what is wrong with it is a usage error. */
export function userNameArgument(raw: string): UserName {
  try {
    return parseUserName(raw)
  } catch (error) {
    if (!isChatError(error)) throw error
    throw new ChatError('usage', `"${raw}" is not a user name: ${error.message}`, { cause: error })
  }
}

/** `bob,carol`: each once, in the order given. */
export function userNameList(raw: string): UserName[] {
  return [...new Set(raw.split(',').map((name) => userNameArgument(name.trim())))]
}
