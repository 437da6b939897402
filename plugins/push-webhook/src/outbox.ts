import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import type { Counts } from './counts.ts'
import { type Notice, noticeSchema } from './notice.ts'

/** Notices that wait: all in storage, so that a restart loses none, and a bounded number of them known here. */
export interface Outbox {
  readonly isFull: boolean
  /** A notice for this user that is not being sent at the moment. */
  openFor(recipient: string): Notice | undefined
  /** Stores it, and from then on it waits here. */
  put(notice: Notice): Promise<void>
  /** It is done with, on every node. */
  remove(notice: Notice): Promise<void>
  /** It is being sent: from now on no other message joins it. */
  reserve(notice: Notice): void
  /**
   * Claims this try of the notice: of several nodes, and of a node and its own past, one gets it. Answers the notice as
   * it stands in storage; undefined when it is another's or done with, and then it waits here no longer.
   */
  claim(notice: Notice): Promise<Notice | undefined>
  /** The try was not made: who starts next may claim it again. */
  unclaim(notice: Notice): Promise<void>
  release(notice: Notice): void
  /** The one that is due first and is not being sent. */
  next(): Notice | undefined
  /** Takes over what is stored and not known here: from before a restart, or of a node that is no more. */
  restore(): Promise<void>
}

const keyOf = ({ recipient, id }: Notice) => `notice/${recipient}/${id}`
const claimOf = ({ id, tries }: Notice) => `claim/${id}/${tries}`

export function makeOutbox({
  storage,
  clock,
  log,
  counts,
  maxWaiting,
  keepMs,
  claimMs,
}: {
  readonly storage: ServerContext['storage']
  readonly clock: Pick<ServerContext['clock'], 'now'>
  readonly log: Pick<ServerContext['log'], 'warn'>
  readonly counts: Counts
  readonly maxWaiting: number
  /** From its message on: then storage forgets a notice by itself. */
  readonly keepMs: number
  /** Longer than a try takes: then one whose node died may be claimed again. */
  readonly claimMs: number
}): Outbox {
  const waiting = new Map<string, Notice>()
  const reserved = new Set<string>()

  function take(notice: Notice): void {
    if (!waiting.has(notice.id)) counts.taken.add()
    waiting.set(notice.id, notice)
  }

  function forget(notice: Notice): void {
    reserved.delete(notice.id)
    if (waiting.delete(notice.id)) counts.left.add()
  }

  return {
    get isFull() {
      return waiting.size >= maxWaiting
    },
    openFor(recipient) {
      for (const notice of waiting.values()) {
        if (notice.recipient === recipient && !reserved.has(notice.id)) return notice
      }
      return undefined
    },
    async put(notice) {
      const ttlMs = Math.max(1, notice.acceptedAt + keepMs - clock.now())
      await storage.set(keyOf(notice), notice, { ttlMs })
      take(notice)
    },
    async remove(notice) {
      forget(notice)
      await storage.delete(keyOf(notice))
    },
    reserve: (notice) => void reserved.add(notice.id),
    async claim(notice) {
      const claims = await storage.increment(claimOf(notice), 1, { ttlMs: claimMs })
      const stored = noticeSchema.safeParse(await storage.get(keyOf(notice)))
      if (claims === 1 && stored.data?.tries === notice.tries) return stored.data
      forget(notice)
      return undefined
    },
    unclaim: (notice) => storage.delete(claimOf(notice)),
    release: (notice) => void reserved.delete(notice.id),
    next() {
      let first: Notice | undefined
      for (const notice of waiting.values()) {
        const isEarlier = first === undefined || notice.dueAt < first.dueAt
        if (isEarlier && !reserved.has(notice.id)) first = notice
      }
      return first
    },
    async restore() {
      let after: string | undefined
      while (waiting.size < maxWaiting) {
        const limit = 100
        const page = await storage.list('notice/', { limit, ...(after !== undefined && { after }) })
        for (const { key, value } of page) {
          const { data } = noticeSchema.safeParse(value)
          if (data === undefined) {
            log.warn({ key }, 'a stored notice cannot be read and is removed')
            await storage.delete(key)
          } else if (!waiting.has(data.id) && waiting.size < maxWaiting) take(data)
        }
        after = page.at(-1)?.key
        if (page.length < limit) break
      }
    },
  }
}
