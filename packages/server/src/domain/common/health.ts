import { ChatError } from '@secure-chat/protocol'
import type { MessageQueue, UserDatabase } from '../../ports/index.ts'

export interface Health {
  /** Resolves when the server can serve. @throws ChatError `shutting_down`, `database_unavailable`, `queue_unavailable` */
  checkReady(): Promise<void>
  /** From now on not ready: the balancer sends new clients elsewhere. */
  drain(): void
  readonly isDraining: boolean
}

export function makeHealth({
  database,
  queue,
}: {
  readonly database: Pick<UserDatabase, 'check'>
  readonly queue: Pick<MessageQueue, 'check'>
}): Health {
  let isDraining = false
  return {
    async checkReady() {
      if (isDraining) throw new ChatError('shutting_down')
      await Promise.all([database.check(), queue.check()])
    },
    drain() {
      isDraining = true
    },
    get isDraining() {
      return isDraining
    },
  }
}
