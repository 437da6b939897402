import type { Capability, Contributions } from '@secure-chat/plugin-sdk/server'
import * as z from 'zod'
import { startFault } from './start-fault.ts'

const fn = z.custom((value) => typeof value === 'function', 'must be a function')
const band = z.enum(['early', 'normal', 'late'], 'must be early, normal or late').optional()
const types = z
  .array(z.string().min(1).max(64), 'must be a list of record types')
  .min(1, 'must name a record type')
const scheme = z
  .string('must be a text')
  .regex(/^[a-z][a-z0-9+.-]*$/, 'must be a scheme in lower case')
const driver = z.looseObject({ scheme, open: fn })

const shapes: Record<Capability | 'close', z.ZodType> = {
  transformEnvelope: z.looseObject({ band, types, handler: fn }),
  onEnvelopeStored: z.looseObject({ types, handler: fn }),
  presence: z.looseObject({
    ttlMs: z
      .number('must be a number of milliseconds')
      .min(100, 'must be 100 to 600000')
      .max(600_000, 'must be 100 to 600000'),
    lookup: fn,
    watch: fn.optional(),
  }),
  onUserRegistering: z.looseObject({ band, handler: fn }),
  onUserRegistered: fn,
  onUserRemoved: fn,
  onSignedIn: fn,
  onSignedOut: fn,
  onPresenceChanged: fn,
  routes: z
    .looseObject({ signedIn: fn.optional(), open: fn.optional() })
    .refine((routes) => routes.signedIn ?? routes.open, 'must have signedIn or open'),
  queueDriver: driver,
  databaseDriver: driver,
  close: fn,
}

/** Step 13: what `create` returned is what was declared, key by key. */
export function checkKeys(
  use: string,
  declared: readonly Capability[],
  returned: unknown,
): Contributions {
  if (typeof returned !== 'object' || returned === null) {
    throw startFault('plugin_keys_differ', use, 'returned no contributions from create')
  }
  const present = Object.entries(returned)
    .filter(([key, value]) => key !== 'close' && value !== undefined)
    .map(([key]) => key)
  const missing = declared.filter((name) => !present.includes(name))
  const extra = present.filter((name) => !declared.some((known) => known === name))
  if (missing.length === 0 && extra.length === 0) return returned
  const parts = [
    ...(missing.length > 0 ? [`declares ${missing.join(', ')} without returning it`] : []),
    ...(extra.length > 0 ? [`returns ${extra.join(', ')} without declaring it`] : []),
  ]
  throw startFault('plugin_keys_differ', use, parts.join(', and '))
}

/** Step 14: each contribution has the form that its kind needs. */
export function checkContributions(use: string, contributions: Contributions): void {
  for (const [key, schema] of Object.entries(shapes)) {
    const value: unknown = contributions[key as keyof Contributions]
    if (value === undefined) continue
    const issue = schema.safeParse(value).error?.issues[0]
    if (issue === undefined) continue
    const where = [key, ...issue.path].join('.')
    throw startFault('plugin_bad_contribution', use, `is wrong: ${where} ${issue.message}`)
  }
}
