import type { Capability, ServerPlugin } from '@secure-chat/plugin-sdk/server'
import * as z from 'zod'
import { shown } from '../shown.ts'
import { textOf } from '../text-of.ts'
import { startFault } from './start-fault.ts'

/** What a plugin may contribute, `close` aside. The type says that none is missing and none invented. */
const capabilityTable = {
  transformEnvelope: true,
  onEnvelopeStored: true,
  presence: true,
  onUserRegistering: true,
  onUserRegistered: true,
  onUserRemoved: true,
  onSignedIn: true,
  onSignedOut: true,
  onPresenceChanged: true,
  routes: true,
  queueDriver: true,
  databaseDriver: true,
} as const satisfies Record<Capability, true>

/** Every capability by name. */
export const capabilities = Object.keys(capabilityTable) as readonly Capability[]

const functionSchema = z.custom((value) => typeof value === 'function', 'must be a function')

const definitionSchema = z.looseObject(
  {
    name: z
      .string('must be a text')
      .regex(/^[a-z][a-z0-9-]{1,39}$/, 'must be 2 to 40 of a-z, 0-9 and -, a letter first'),
    apiVersion: z.number('must be a number'),
    capabilities: z
      .array(
        z.enum(capabilities, {
          error: ({ input }) => `${shown(input)} is none of: ${capabilities.join(', ')}`,
        }),
        'must be a list',
      )
      .refine((names) => new Set(names).size === names.length, 'names one twice'),
    declares: z
      .array(z.string().regex(/^x-[a-z0-9._-]{1,62}$/, 'must be x- and then of a-z, 0-9, ., _, -'))
      .optional(),
    config: z
      .custom(
        (value) => typeof value === 'object' && value !== null && 'safeParseAsync' in value,
        'must be a schema of zod: import { z } from "@secure-chat/plugin-sdk/server"',
      )
      .optional(),
    create: functionSchema,
  },
  'must be what defineServerPlugin({ … }) gives',
)

/** Step 5: what the module gives by default, also where a build made CommonJS of it. */
export function defaultExport(use: string, module: object): unknown {
  const found = 'default' in module ? module.default : undefined
  const isWrapped = typeof found === 'object' && found !== null && 'default' in found
  const plugin = isWrapped ? found.default : found
  if (plugin === undefined)
    throw startFault('plugin_no_default_export', use, 'has no default export')
  return plugin
}

/** Step 6: is it a plugin at all? */
export function checkShape(use: string, plugin: unknown): ServerPlugin {
  const result = readDefinition(use, plugin)
  if (!result.success) {
    const [issue] = result.error.issues
    const where = issue?.path.join('.') || 'the default export'
    throw startFault('plugin_bad_shape', use, `is wrong: ${where} ${issue?.message ?? 'is wrong'}`)
  }
  // The schema says all that the type says, but for what functions take and give.
  return plugin as ServerPlugin
}

function readDefinition(use: string, plugin: unknown) {
  try {
    return definitionSchema.safeParse(plugin)
  } catch (cause) {
    throw startFault('plugin_bad_shape', use, `cannot be read: ${textOf(cause)}`, cause)
  }
}

/** Step 7. */
export function checkApiVersion(use: string, plugin: ServerPlugin): void {
  if (plugin.apiVersion === 1) return
  throw startFault(
    'plugin_api_version',
    use,
    `is written for version ${String(plugin.apiVersion)} of the contract; this server has version 1`,
  )
}
