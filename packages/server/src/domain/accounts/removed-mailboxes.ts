import type { UserName } from '@secure-chat/protocol'
import type { Clock, MessageQueue } from '../../ports/index.ts'

/** The mailboxes of accounts that were removed on this node. */
export interface RemovedMailboxes {
  /** Removes it now, and once more by a later `sweep`. @throws ChatError `queue_unavailable`; the sweep does it then */
  remove(user: UserName): Promise<void>
  /** To be run every few seconds. */
  sweep(): Promise<void>
}

/**
 * Another node takes the account for alive for two seconds more, and what it was told then reaches the queue within
 * five: it makes the missing mailbox anew, as it should for the living, and nobody would ever remove that one.
 */
const allKnowAfterMs = 10_000

export function makeRemovedMailboxes({
  queue,
  clock,
}: {
  readonly queue: Pick<MessageQueue, 'removeMailbox'>
  readonly clock: Pick<Clock, 'monotonic'>
}): RemovedMailboxes {
  /** When to remove them again. A name is never given out twice, so there is no wrong moment. */
  const due = new Map<UserName, number>()
  return {
    async remove(user) {
      due.set(user, clock.monotonic() + allKnowAfterMs)
      await queue.removeMailbox(user)
    },
    async sweep() {
      for (const [user, at] of [...due]) {
        if (clock.monotonic() < at) continue
        await queue.removeMailbox(user)
        due.delete(user)
      }
    },
  }
}
