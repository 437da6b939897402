import { parseUserName, type UserName } from '@secure-chat/protocol'
import type { Clock, PluginStore, SessionStore, UserStore } from '../../ports/index.ts'

/** Not a plugin's name, so nobody else writes here. */
const namespace = '_server'
const removal = 'remove/'

export interface OperatorAccount {
  readonly name: UserName
  readonly isSuspended: boolean
  readonly createdAt: number
}

/** What an operator does to accounts from outside the running server. */
export interface OperatorOrders {
  list(after: string | undefined, limit: number): Promise<OperatorAccount[]>
  /** False: no such user. The running server ends the sessions within 2 s. */
  suspend(name: UserName): Promise<boolean>
  resume(name: UserName): Promise<boolean>
  /** Ends the sessions at once; the server, now or at its next start, removes the account with all that hangs on it. */
  orderRemoval(name: UserName): Promise<boolean>
  /** Names that `orderRemoval` left. */
  orderedRemovals(): Promise<UserName[]>
  doneRemoving(name: UserName): Promise<void>
}

export function makeOperatorOrders({
  users,
  sessions,
  storage,
  clock,
}: {
  readonly users: UserStore
  readonly sessions: SessionStore
  readonly storage: PluginStore
  readonly clock: Clock
}): OperatorOrders {
  async function suspend(name: UserName): Promise<boolean> {
    if ((await users.find(name)) === undefined) return false
    await users.setSuspended(name, true)
    await sessions.removeByUser(name, { now: clock.now() })
    return true
  }

  return {
    async list(after, limit) {
      const names = await users.list({ limit, ...(after !== undefined && { after }) })
      const found = await Promise.all(names.map((name) => users.find(name)))
      return found.filter((user) => user !== undefined)
    },
    suspend,
    async resume(name) {
      if ((await users.find(name)) === undefined) return false
      await users.setSuspended(name, false)
      return true
    },
    async orderRemoval(name) {
      if (!(await suspend(name))) return false
      await storage.set(namespace, `${removal}${name}`, true, undefined)
      return true
    },
    async orderedRemovals() {
      const rows = await storage.list(namespace, removal, { limit: 100, now: clock.now() })
      return rows.map(({ key }) => parseUserName(key.slice(removal.length)))
    },
    doneRemoving: (name) => storage.delete(namespace, `${removal}${name}`),
  }
}
