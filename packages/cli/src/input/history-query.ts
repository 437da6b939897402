import type { MessageQuery } from '@secure-chat/client'
import { ChatError } from '@secure-chat/protocol/errors'
import { parseMoment } from './moment.ts'
import { userNameArgument } from './user-name.ts'

export type HistoryFlags = {
  readonly name: string | undefined
  readonly with: string | undefined
  readonly since: string | undefined
  readonly until: string | undefined
  readonly limit: number
  readonly search: string | undefined
  readonly unread: boolean
}

/** What to read from the history, from the words of the command line. */
export function historyQuery(flags: HistoryFlags, now: number): MessageQuery {
  const { since, until, limit, search, unread } = flags
  if (flags.name !== undefined && flags.with !== undefined && flags.name !== flags.with) {
    throw new ChatError('usage', `Two users are named: ${flags.name} and ${flags.with}.`)
  }
  const peer = flags.name ?? flags.with
  return {
    limit,
    ...(peer !== undefined && { with: userNameArgument(peer) }),
    ...(since !== undefined && { since: parseMoment(since, now) }),
    ...(until !== undefined && { until: parseMoment(until, now) }),
    ...(search !== undefined && { search }),
    ...(unread && { unread }),
  }
}
