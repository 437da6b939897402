import { limits, type PresenceState, printable, type UserName } from '@secure-chat/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { Log, PresenceRow, PresenceStore } from '../../ports/index.ts'
import { askProviders, type PresenceAnswer, type PresenceProvider } from './presence-provider.ts'
import { isAlive, type PresenceView, viewOfAnswer, viewOfRow } from './presence-view.ts'

/** Who is there. Signs of life are collected in memory and written in one step by `refresh`. */
export interface Presence {
  /** A sign of life: any authenticated call, an open stream. Costs one write to a map. */
  sign(name: UserName): void
  /** What the user says; it holds until they say otherwise or go quiet for 90 s. */
  set(
    name: UserName,
    status: { readonly state: PresenceState; readonly text: string | null },
  ): Promise<void>
  /** In the order of the names. `givenUp`: providers that are not asked, to which those that fail are added. */
  viewsOf(names: readonly UserName[], givenUp?: Set<PresenceProvider>): Promise<PresenceView[]>
  /** Does anybody but the signs of life decide? Then "online" cannot be asked of the database alone. */
  readonly hasProviders: boolean
  /** What a provider said of these users is no longer true: who listens is told what holds now. Never rejects. */
  announce(names: readonly UserName[]): Promise<void>
  /** Hears of every change of a state or text, on whichever node it happened. */
  onChanged(listener: (view: PresenceView) => void): () => void
  /** Writes the collected signs and looks for changes; to be run every second. */
  refresh(): Promise<void>
  /** Writes the collected signs, so that what is read next knows them. */
  settle(): Promise<void>
  /** The account is gone. */
  forget(name: UserName): void
}

export function makePresence({
  store,
  clock,
  log,
  providers = () => [],
}: {
  readonly store: PresenceStore
  readonly clock: Pick<Clock, 'now'>
  readonly log: Pick<Log, 'warn'>
  /** Those of the moment, in the order in which they are asked: they come and go while the server runs. */
  readonly providers?: () => readonly PresenceProvider[]
}): Presence {
  const listeners = new Set<(view: PresenceView) => void>()
  /** Signs that are not written yet. */
  let signs = new Map<UserName, number>()
  /** Everybody who is shown as something else than offline, on any node. */
  const shown = new Map<UserName, PresenceRow>()
  let mark: string | undefined
  let last: Promise<unknown> = Promise.resolve()

  /** One at a time: a sign written between the look at a row and its change would undo the change. */
  function exclusive<T>(run: () => Promise<T>): Promise<T> {
    const result = last.then(run)
    last = result.catch(() => undefined)
    return result
  }

  function emit(view: PresenceView): void {
    for (const listener of listeners) listener(view)
  }

  async function announce(names: readonly UserName[]): Promise<void> {
    if (listeners.size === 0) return
    try {
      for (const view of await viewsOf(names)) emit(view)
    } catch (err) {
      log.warn({ err }, 'a change of presence could not be looked up')
    }
  }

  function apply(row: PresenceRow): void {
    const before = shown.get(row.name)
    const isShown = row.state !== 'offline' && isAlive(row.lastSeenAt, clock.now())
    if (isShown) shown.set(row.name, row)
    else shown.delete(row.name)
    const isSame = isShown
      ? before !== undefined && before.state === row.state && before.text === row.text
      : before === undefined
    if (!isSame) changed(row)
  }

  function changed(row: PresenceRow): void {
    if (listeners.size === 0) return
    if (providers().length > 0) void announce([row.name])
    else emit(viewOfRow(row.name, row, clock.now()))
  }

  async function flush(): Promise<void> {
    if (signs.size === 0) return
    const taken = signs
    signs = new Map()
    try {
      await write(taken)
    } catch (error) {
      for (const [name, at] of taken) if (!signs.has(name)) signs.set(name, at)
      throw error
    }
  }

  async function write(taken: ReadonlyMap<UserName, number>): Promise<void> {
    const quiet = [...taken.keys()].filter((name) => !shown.has(name))
    const rows = new Map((await store.find(quiet)).map((row) => [row.name, row]))
    const returning: Array<{ name: UserName; at: number }> = []
    const living: Array<{ name: UserName; at: number }> = []
    for (const [name, at] of taken) {
      const row = rows.get(name)
      // Who says offline is not seen either, until they say otherwise: `last_seen` would give them away.
      if (row?.state === 'offline') continue
      if (row && !isAlive(row.lastSeenAt, at)) returning.push({ name, at })
      else living.push({ name, at })
    }
    await Promise.all([
      living.length > 0 ? store.seen(living) : undefined,
      // What was said before 90 s of silence no longer holds; back means online.
      ...returning.map(({ name, at }) => store.set(name, { state: 'online', text: null, at })),
    ])
  }

  async function poll(): Promise<void> {
    const found = await store.changedSince(mark)
    mark = found.mark
    for (const row of found.rows) apply(row)
    const now = clock.now()
    for (const row of shown.values()) if (!isAlive(row.lastSeenAt, now)) apply(row)
  }

  async function viewsOf(
    names: readonly UserName[],
    givenUp = new Set<PresenceProvider>(),
  ): Promise<PresenceView[]> {
    if (names.length === 0) return []
    const now = clock.now()
    const rows = new Map((await store.find(names)).map((row) => [row.name, row]))
    const asked = providers()
    const answers = asked.length === 0 ? noAnswers : await askProviders(asked, names, givenUp)
    return names.map((name) => {
      const own = viewOfRow(name, rows.get(name), now)
      const answer = answers.get(name)
      return answer === undefined ? own : viewOfAnswer(own, answer)
    })
  }

  return {
    sign(name) {
      signs.set(name, clock.now())
    },
    async set(name, { state, text }) {
      const said =
        text === null || text === '' ? null : printable(text, limits.presenceTextMaxChars)
      const at = clock.now()
      await exclusive(async () => {
        // The call itself was a sign of life; written after `offline` it would be one too many.
        signs.delete(name)
        await store.set(name, { state, text: said, at })
      })
      apply({ name, state, text: said, lastSeenAt: at })
    },
    viewsOf,
    get hasProviders() {
      return providers().length > 0
    },
    announce,
    onChanged(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    refresh: () =>
      exclusive(async () => {
        await flush()
        await poll()
      }),
    settle: () => (signs.size === 0 ? Promise.resolve() : exclusive(flush)),
    forget(name) {
      signs.delete(name)
      shown.delete(name)
    },
  }
}

const noAnswers: ReadonlyMap<UserName, PresenceAnswer> = new Map()
