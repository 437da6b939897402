/**
 * Loads what the kit works with when it is called: the packages are dev dependencies of the plugin, not of the SDK.
 * By a variable, so that the compiler looks for no types there.
 *
 * @param name of a package's `testing` entry
 * @param member that it must export
 */
export async function importTesting<T extends object>(
  name: string,
  member: keyof T & string,
): Promise<T> {
  let module: unknown
  try {
    module = await import(name)
  } catch (cause) {
    throw new Error(`${name} cannot be loaded: ${advice(name)}`, { cause })
  }
  if (typeof Reflect.get(Object(module), member) === 'function') return module as T
  throw new Error(
    `${name} has no ${member}: it is of another version than the SDK. ${advice(name)}`,
  )
}

function advice(name: string): string {
  const packageName = name.split('/').slice(0, 2).join('/')
  return `Tests of a plugin need it as a dev dependency: npm install --save-dev ${packageName}`
}
