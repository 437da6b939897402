import type { Capability, ServerPlugin } from '@secure-chat/plugin-sdk/server'
import { textOf } from '../text-of.ts'
import { startFault } from './start-fault.ts'
import { within } from './within.ts'

/** Step 8. */
export function checkNameIsFree(
  use: string,
  name: string,
  others: ReadonlyMap<string, string>,
): void {
  const other = others.get(name)
  if (other === undefined) return
  throw startFault('plugin_name_taken', use, `is called ${name}, as ${other} is`)
}

/** Step 9: the operator has seen and allowed all that it declares. */
export function checkGranted(
  use: string,
  declared: readonly Capability[],
  granted: readonly Capability[] | 'all',
): void {
  if (granted === 'all') return
  const missing = declared.filter((capability) => !granted.includes(capability))
  if (missing.length === 0) return
  throw startFault(
    'plugin_not_granted',
    use,
    `declares ${missing.join(', ')}, which it is not granted: "grant": ${JSON.stringify(declared)}`,
  )
}

const notIsolated: readonly Capability[] = ['routes', 'queueDriver', 'databaseDriver']

/** Step 10: routes and drivers hand over objects that cannot cross to another thread. */
export function checkIsolation(
  use: string,
  declared: readonly Capability[],
  isIsolated: boolean,
): void {
  const stuck = declared.find((capability) => notIsolated.includes(capability))
  if (!isIsolated || stuck === undefined) return
  throw startFault('plugin_cannot_isolate', use, `has ${stuck}, which cannot run in a thread`)
}

/** Step 11: the operator's config as the plugin's schema makes it. The value is not repeated: it may hold secrets. */
export async function checkConfig(
  use: string,
  schema: ServerPlugin['config'],
  { given, waitMs }: { readonly given: unknown; readonly waitMs: number },
): Promise<unknown> {
  if (schema === undefined) {
    if (given === undefined || isEmpty(given)) return undefined
    throw startFault('plugin_bad_config', use, 'takes no config, and one is given')
  }
  const parse = async (value: unknown) => {
    // The schema is the plugin's: it may throw, and it may never answer.
    const parsing = (async () => schema.safeParseAsync(value))()
    const result = await within(parsing, waitMs).catch((cause: unknown) => {
      const what = `cannot check its config: ${textOf(cause)}`
      throw startFault('plugin_bad_config', use, what, cause)
    })
    if (result !== undefined) return result
    const what = `has not checked its config within ${waitMs / 1000} s`
    throw startFault('plugin_bad_config', use, what)
  }
  if (given === undefined) {
    const untouched = await parse(undefined)
    if (untouched.success) return untouched.data
  }
  const result = await parse(given ?? {})
  if (result.success) return result.data
  const problems = result.error.issues.map(
    ({ path, message }) => `${['config', ...path].join('.')}: ${message}`,
  )
  throw startFault('plugin_bad_config', use, `refuses its config: ${problems.join('; ')}`)
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
