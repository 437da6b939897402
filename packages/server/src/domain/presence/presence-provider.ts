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
  /** A name left out: this provider does not know, the next is asked. `isComplete` is false when it failed or was late. */
  lookup(names: readonly UserName[]): Promise<{
    readonly answers: ReadonlyMap<UserName, PresenceAnswer>
    readonly isComplete: boolean
  }>
}

/**
 * The first answer for each name.
 *
 * @param givenUp providers that failed; not asked, and filled: so that one call of the API waits for each of them once,
 *   however many pages it looks through
 */
export async function askProviders(
  providers: readonly PresenceProvider[],
  names: readonly UserName[],
  givenUp: Set<PresenceProvider>,
): Promise<Map<UserName, PresenceAnswer>> {
  const answers = new Map<UserName, PresenceAnswer>()
  for (const provider of providers) {
    if (givenUp.has(provider)) continue
    const open = names.filter((name) => !answers.has(name))
    if (open.length === 0) break
    const found = await provider.lookup(open)
    if (!found.isComplete) givenUp.add(provider)
    for (const [name, answer] of found.answers) if (!answers.has(name)) answers.set(name, answer)
  }
  return answers
}
