import { randomUUID } from 'node:crypto'
import type { QueueRecord, SystemEvent, UserName } from '@secure-chat/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { MessageQueue } from '../../ports/index.ts'
import type { Contacts } from './contacts.ts'

/** Records of type `SYSTEM`, sender `system`: hints for clients, never proof. Durable when the promise resolves. */
export interface SystemRecords {
  toUser(name: UserName, event: SystemEvent): Promise<void>
  /** To the contacts of the last 90 days; before the user is removed, since contacts go with it. */
  toContacts(name: UserName, event: SystemEvent): Promise<void>
}

/** Mailboxes in one step of the queue: a user with many contacts must not hold up everybody's messages. */
const mailboxesAtOnce = 500

export function makeSystemRecords({
  queue,
  clock,
  contacts,
  newId = randomUUID,
}: {
  readonly queue: Pick<MessageQueue, 'enqueue' | 'enqueueAll'>
  readonly clock: Pick<Clock, 'now'>
  readonly contacts: Pick<Contacts, 'list'>
  readonly newId?: () => string
}): SystemRecords {
  const recordOf = (event: SystemEvent): QueueRecord => ({
    id: newId(),
    type: 'SYSTEM',
    sender: 'system',
    message: JSON.stringify(event),
    timestamp: new Date(clock.now()).toISOString(),
  })
  return {
    toUser: (name, event) => queue.enqueue(name, recordOf(event)),
    async toContacts(name, event) {
      const record = recordOf(event)
      const users = await contacts.list(name)
      for (let from = 0; from < users.length; from += mailboxesAtOnce) {
        const some = users.slice(from, from + mailboxesAtOnce)
        await queue.enqueueAll(some.map((user) => ({ user, record })))
      }
    },
  }
}
