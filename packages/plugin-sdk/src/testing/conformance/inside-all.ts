import type { HandleWatch } from './handle-watch.ts'

/** A copy with every function, two levels deep or in a list, run as code of the plugin. */
export function insideAll<T extends object>(parts: T, handles: HandleWatch): T {
  const watched = (value: unknown, owner: object): unknown =>
    typeof value === 'function'
      ? (...given: unknown[]) => handles.inside(() => Reflect.apply(value, owner, given))
      : value
  const membersOf = (owner: object) =>
    Object.entries(owner).map(([name, member]): [string, unknown] => [name, watched(member, owner)])
  const copy = (value: unknown, owner: object): unknown => {
    if (Array.isArray(value)) return value.map((one) => copy(one, value))
    if (typeof value !== 'object' || value === null) return watched(value, owner)
    return Object.fromEntries(membersOf(value))
  }
  // The same keys with the same signatures.
  return Object.fromEntries(
    Object.entries(parts).map(([key, value]: [string, unknown]) => [key, copy(value, parts)]),
  ) as T
}
