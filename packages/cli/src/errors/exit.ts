import type { ChatError, ErrorCode } from '@secure-chat/protocol/errors'

/** What was wrong with these came in by flags and arguments: here they are usage errors, whatever the API calls them. */
const ofArguments: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invalid_request',
  'name_reserved',
  'bad_cursor',
])

/** The exit code of an error. */
export function exitOf({ code, exit }: Pick<ChatError, 'code' | 'exit'>): number {
  return ofArguments.has(code) ? 2 : exit
}
