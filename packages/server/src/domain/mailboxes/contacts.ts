import { limits, type UserName } from '@secure-chat/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { ContactStore } from '../../ports/index.ts'

/** Who exchanged keys with whom in the last 90 days: those are told of changed keys, removals and presence. */
export interface Contacts {
  touch(a: UserName, b: UserName): Promise<void>
  list(user: UserName): Promise<UserName[]>
}

export function makeContacts({
  store,
  clock,
}: {
  readonly store: ContactStore
  readonly clock: Pick<Clock, 'now'>
}): Contacts {
  return {
    touch: (a, b) => store.touch(a, b, clock.now()),
    list: (user) => store.list(user, clock.now() - limits.contactMemoryMs),
  }
}
