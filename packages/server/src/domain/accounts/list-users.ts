import { limits, type UserName } from '@secure-chat/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { UserStore } from '../../ports/index.ts'
import type { Presence } from '../presence/presence.ts'
import type { PresenceProvider } from '../presence/presence-provider.ts'
import type { PresenceView } from '../presence/presence-view.ts'

export interface UsersPage {
  readonly users: readonly PresenceView[]
  /** Last name of the page, or null when nothing follows. */
  readonly next: UserName | null
}

export interface UsersRequest {
  readonly online: boolean
  readonly prefix: string | undefined
  readonly after: string | undefined
  readonly limit: number
}

/** All users by name with their presence, a page at a time. */
export type ListUsers = (request: UsersRequest) => Promise<UsersPage>

export function makeListUsers({
  users,
  presence,
  clock,
}: {
  readonly users: Pick<UserStore, 'list'>
  readonly presence: Presence
  readonly clock: Pick<Clock, 'now'>
}): ListUsers {
  /** One name more than asked for tells whether anything follows. */
  async function page(request: UsersRequest, givenUp: Set<PresenceProvider>): Promise<UsersPage> {
    const { prefix, after, limit } = request
    const names = await users.list({
      ...(after && { after }),
      ...(prefix && { prefix }),
      ...(request.online &&
        !presence.hasProviders && { seenSince: clock.now() - limits.presenceHoldMs }),
      limit: limit + 1,
    })
    const hasMore = names.length > limit
    const shown = hasMore ? names.slice(0, limit) : names
    const views = await presence.viewsOf(shown, givenUp)
    return {
      // Judged again by what is shown: a status may have run out between the two reads.
      users: request.online ? views.filter((view) => view.online) : views,
      next: hasMore ? (shown.at(-1) ?? null) : null,
    }
  }

  return async (request) => {
    await presence.settle()
    const givenUp = new Set<PresenceProvider>()
    const first = await page(request, givenUp)
    if (!request.online) return first
    // Providers may leave few of a page online: it is filled from the next ones.
    const found = [...first.users]
    let next = first.next
    while (found.length < request.limit && next !== null) {
      const more = await page({ ...request, after: next }, givenUp)
      found.push(...more.users)
      next = more.next
    }
    const kept = found.slice(0, request.limit)
    return { users: kept, next: found.length > kept.length ? (kept.at(-1)?.name ?? null) : next }
  }
}
