import { ChatError, isChatError } from '@secure-chat/protocol/errors'
import { parseUserName, type UserName, userNameRule } from '@secure-chat/protocol/user-name'

/** A name given on the command line: what is wrong with it is a usage error. */
export function userNameArgument(raw: string): UserName {
  try {
    return parseUserName(raw)
  } catch (error) {
    if (!isChatError(error)) throw error
    const why = error.code === 'name_reserved' ? 'this name is reserved' : userNameRule
    throw new ChatError('usage', `"${raw}" is not a user name: ${why}.`, {
      cause: error,
      suggestions: ['secure-chat users'],
    })
  }
}

/** `bob,carol`: each once, in the order given. */
export function userNameList(raw: string): UserName[] {
  return [...new Set(raw.split(',').map((name) => userNameArgument(name.trim())))]
}
