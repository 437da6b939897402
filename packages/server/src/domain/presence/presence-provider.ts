import type { PresenceState, UserName } from '@secure-chat/protocol'

export interface PresenceAnswer {
  readonly state: PresenceState
  readonly text?: string
  /** ISO-8601. */
  readonly lastSeen?: string
}

/**
 * The place of plugins' presence providers, asked in config order before the built-in one (streams and signs
 * of life). The plugin host keeps their budgets and times to live, and never lets one reject; no provider, no cost.
 */
export interface PresenceProvider {
  /** At most 500 names a call. A name left out: this provider does not know, the next is asked. */
  lookup(names: readonly UserName[]): Promise<ReadonlyMap<UserName, PresenceAnswer>>
  /** Calls `changed` when an answer is no longer true. */
  watch?(changed: (name: UserName) => void): () => void
}

const namesPerLookup = 500

/** The first answer for each name. */
export async function askProviders(
  providers: readonly PresenceProvider[],
  names: readonly UserName[],
): Promise<Map<UserName, PresenceAnswer>> {
  const answers = new Map<UserName, PresenceAnswer>()
  for (const provider of providers) {
    const open = names.filter((name) => !answers.has(name))
    for (let from = 0; from < open.length; from += namesPerLookup) {
      const found = await provider.lookup(open.slice(from, from + namesPerLookup))
      for (const [name, answer] of found) if (!answers.has(name)) answers.set(name, answer)
    }
  }
  return answers
}
