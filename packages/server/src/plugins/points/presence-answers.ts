import type { PresenceAnswer } from '@secure-chat/plugin-sdk/server'

const states: ReadonlySet<unknown> = new Set(['online', 'away', 'busy', 'offline'])

/**
 * Reads what a provider answered for the names it was asked for; what it says of others is not heard.
 *
 * @throws TypeError for what is no answer
 */
export function readPresence(
  raw: unknown,
  names: readonly string[],
): ReadonlyMap<string, PresenceAnswer> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new TypeError('answered no object of names')
  }
  const given: Record<string, unknown> = { ...raw }
  const answers = new Map<string, PresenceAnswer>()
  for (const name of names) {
    if (!Object.hasOwn(given, name) || given[name] === undefined) continue
    answers.set(name, readAnswer(name, given[name]))
  }
  return answers
}

function readAnswer(name: string, given: unknown): PresenceAnswer {
  if (typeof given !== 'object' || given === null) throw wrong(name)
  const { state, text, lastSeen }: Partial<Record<keyof PresenceAnswer, unknown>> = given
  if (!states.has(state)) throw wrong(name)
  if (text !== undefined && typeof text !== 'string') throw wrong(name)
  if (
    lastSeen !== undefined &&
    (typeof lastSeen !== 'string' || Number.isNaN(Date.parse(lastSeen)))
  ) {
    throw wrong(name)
  }
  return {
    // One of the set above.
    state: state as PresenceAnswer['state'],
    ...(text !== undefined && text !== '' && { text }),
    ...(lastSeen !== undefined && { lastSeen: new Date(lastSeen).toISOString() }),
  }
}

function wrong(name: string): TypeError {
  return new TypeError(`answered for ${name} what is no presence`)
}
