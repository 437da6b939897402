import type { ChatError } from '@secure-chat/protocol'
import { asUnavailable, unavailable } from '../kafka/failure.ts'
import { faultOf } from '../mongo/failure.ts'

/** A failure of either engine as the port promises it; a `ChatError` passes as it is. */
export function asQueueFailure(error: unknown): ChatError {
  const fault = faultOf(error)
  if (fault === undefined) return asUnavailable(error)
  return unavailable('MongoDB, which holds the mailboxes, does not answer as it should', error)
}
