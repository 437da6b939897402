import type { HandleWatch } from './handle-watch.ts'

/** A copy with every function, two levels deep or in a list, run as code of the plugin. What was inherited stays so: hosts tell it from own members. */
export function insideAll<T extends object>(parts: T, handles: HandleWatch): T {
  const watched = (value: unknown, owner: object): unknown =>
    typeof value === 'function'
      ? (...given: unknown[]) => handles.inside(() => Reflect.apply(value, owner, given))
      : value
  const watchedMembers = (names: readonly string[], owner: object): object =>
    Object.fromEntries(names.map((name) => [name, watched(Reflect.get(owner, name), owner)]))
  const copy = (value: unknown, owner: object): unknown => {
    if (Array.isArray(value)) return value.map((one) => copy(one, value))
    if (typeof value !== 'object' || value === null) return watched(value, owner)
    const inherited = watchedMembers(inheritedNames(value), value)
    return Object.assign(Object.create(inherited), watchedMembers(Object.keys(value), value))
  }
  // The same keys with the same signatures.
  return Object.fromEntries(
    Object.entries(parts).map(([key, value]: [string, unknown]) => [key, copy(value, parts)]),
  ) as T
}

/** Of its class and those above; of a literal none. */
function inheritedNames(value: object): string[] {
  const names = new Set<string>()
  let from = prototypeOf(value)
  for (let above = from; from !== null; from = above) {
    above = prototypeOf(from)
    // The last of a chain is `Object.prototype`, which every copy has anyway.
    if (above === null) break
    for (const name of Object.getOwnPropertyNames(from)) names.add(name)
  }
  names.delete('constructor')
  return [...names]
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value)
}
