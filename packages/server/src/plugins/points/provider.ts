import type { PresenceAnswer, PresenceProvider } from '@secure-chat/plugin-sdk/server'
import type { UserName } from '@secure-chat/protocol'
import { userNamePattern } from '@secure-chat/protocol/user-name'
import { makeExpiringMap } from '../../domain/common/expiring-map.ts'
import type { PresenceProvider as DomainProvider } from '../../domain/presence/presence-provider.ts'
import type { Clock } from '../../ports/index.ts'
import type { Hook } from '../calls/hook.ts'
import { readPresence } from './presence-answers.ts'

/** A plugin's provider with its memory, and its word that something changed. */
export interface Provider extends DomainProvider {
  readonly plugin: string
  /** Begins to listen to the plugin. The answer stops. */
  watch(announce: (names: readonly UserName[]) => Promise<void>): () => void
}

const namesPerLookup = 500
const cachedMax = 50_000
/** Look-ups under way at once: who asks beyond goes on to the next provider. */
const runningMax = 32
const changedMax = 10_000

/** "It does not know" is remembered as long as an answer. */
type Known = PresenceAnswer | 'unknown'

export function makeProvider({
  hook,
  provider,
  clock,
  nextRequestId,
}: {
  readonly hook: Hook
  readonly provider: PresenceProvider
  readonly clock: Clock
  readonly nextRequestId: () => string
}): Provider {
  const cache = makeExpiringMap<Known>({ clock, maxEntries: cachedMax })
  /** Of each look-up under way the names that changed meanwhile: its answers for them are not kept. */
  const running = new Set<Set<string>>()
  const lookup = provider.lookup.bind(provider)

  /** Undefined: no answer in time, or none at all. Counted and logged by the hook. */
  async function ask(
    names: readonly UserName[],
  ): Promise<ReadonlyMap<string, PresenceAnswer> | undefined> {
    const stale = new Set<string>()
    running.add(stale)
    try {
      const asked = Object.freeze([...names])
      const found = await hook.run(lookup, asked, nextRequestId(), (raw) =>
        readPresence(raw, names),
      )
      const until = clock.monotonic() + provider.ttlMs
      for (const name of names) {
        if (!stale.has(name)) cache.set(name, found.get(name) ?? 'unknown', until)
      }
      return found
    } catch {
      return undefined
    } finally {
      running.delete(stale)
    }
  }

  return {
    plugin: hook.plugin,
    async lookup(names) {
      const answers = new Map<UserName, PresenceAnswer>()
      const open: UserName[] = []
      for (const name of names) {
        const known = cache.get(name)
        if (known === undefined) open.push(name)
        else if (known !== 'unknown') answers.set(name, known)
      }
      const batches: UserName[][] = []
      for (let from = 0; from < open.length; from += namesPerLookup) {
        batches.push(open.slice(from, from + namesPerLookup))
      }
      if (running.size + batches.length > runningMax) return { answers, isComplete: false }
      // Side by side, so that all of them together wait no longer than one budget.
      const found = await Promise.all(batches.map(ask))
      for (const [index, batch] of batches.entries()) {
        for (const name of batch) {
          const answer = found[index]?.get(name)
          if (answer !== undefined) answers.set(name, answer)
        }
      }
      return { answers, isComplete: found.every((one) => one !== undefined) }
    },
    watch(announce) {
      const changed = new Set<UserName>()
      let isAnnouncing = false
      let isStopped = false
      /** One announcement at a time, of all that came meanwhile: a flood of words costs as much as one. */
      async function tell(): Promise<void> {
        if (isAnnouncing || isStopped || changed.size === 0) return
        isAnnouncing = true
        const names = [...changed].slice(0, namesPerLookup)
        for (const name of names) changed.delete(name)
        await announce(names)
        isAnnouncing = false
        setImmediate(tell)
      }
      const stop = provider.watch?.((name) => {
        if (typeof name !== 'string' || !userNamePattern.test(name)) return
        const user = name.toLowerCase() as UserName
        cache.delete(user)
        for (const stale of running) stale.add(user)
        if (changed.size < changedMax) changed.add(user)
        setImmediate(tell)
      })
      return () => {
        isStopped = true
        if (typeof stop === 'function') stop()
      }
    },
  }
}
