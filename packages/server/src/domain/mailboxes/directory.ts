import { ChatError, type Fingerprint, type UserName } from '@secure-chat/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { BlockStore, UserStore } from '../../ports/index.ts'
import { makeExpiringMap } from '../common/expiring-map.ts'

/** What sending needs to know of a recipient. */
export interface Recipient {
  readonly name: UserName
  readonly fingerprint: Fingerprint
  readonly blocked: ReadonlySet<UserName>
}

/** Look-ups of recipients, kept in memory for at most two seconds; changes made on this node hold at once. */
export interface Directory {
  /** At once, from memory; undefined says nothing about the user. */
  cached(name: UserName): Recipient | undefined
  /** Undefined: there is no such user. */
  find(name: UserName): Promise<Recipient | undefined>
  /** @throws ChatError `no_such_user` */
  require(name: UserName): Promise<Recipient>
  /** To be called after every change of the user's key, blocks or existence. */
  forget(name: UserName): void
}

/** Other nodes' changes are seen within this time. */
const cacheMs = 2000
const maxCached = 20_000

export function makeDirectory({
  users,
  blocks,
  clock,
}: {
  readonly users: Pick<UserStore, 'find'>
  readonly blocks: Pick<BlockStore, 'list'>
  readonly clock: Pick<Clock, 'monotonic'>
}): Directory {
  const known = makeExpiringMap<Recipient>({ clock, maxEntries: maxCached })
  const loading = new Map<UserName, Promise<Recipient | undefined>>()

  async function load(name: UserName): Promise<Recipient | undefined> {
    const [user, blocked] = await Promise.all([users.find(name), blocks.list(name)])
    return user && { name, fingerprint: user.fingerprint, blocked: new Set(blocked) }
  }

  function loadOnce(name: UserName): Promise<Recipient | undefined> {
    const running = loading.get(name)
    if (running !== undefined) return running
    const startedAt = clock.monotonic()
    const started: Promise<Recipient | undefined> = load(name).then(
      (recipient) => {
        // Forgotten meanwhile: what was read may be older than the change, so it is not kept.
        const isCurrent = loading.get(name) === started
        if (isCurrent) loading.delete(name)
        if (isCurrent && recipient) known.set(name, recipient, startedAt + cacheMs)
        return recipient
      },
      (error: unknown) => {
        if (loading.get(name) === started) loading.delete(name)
        throw error
      },
    )
    loading.set(name, started)
    return started
  }

  async function find(name: UserName): Promise<Recipient | undefined> {
    return known.get(name) ?? loadOnce(name)
  }

  return {
    cached: (name) => known.get(name),
    find,
    async require(name) {
      const recipient = await find(name)
      if (recipient === undefined) throw noSuchUser(name)
      return recipient
    },
    forget(name) {
      known.delete(name)
      loading.delete(name)
    },
  }
}

export function noSuchUser(name: UserName): ChatError {
  return new ChatError('no_such_user', `There is no user ${name}.`)
}
