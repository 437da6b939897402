import { z } from 'zod'
import { capabilities } from '../plugins/load/check-definition.ts'
import { shown } from '../plugins/shown.ts'

const text = z.string().min(1, 'must not be empty')

const grantable = z.enum(capabilities, {
  error: ({ input }) => `${shown(input)} is none of: ${capabilities.join(', ')}`,
})
const members = 'config, grant, optional, timeoutMs, onFailure, isolate'

const pluginEntry = z.strictObject(
  {
    use: text,
    config: z.unknown().optional(),
    grant: z.array(grantable, 'must be a list').optional(),
    optional: z.boolean('must be true or false').optional(),
    timeoutMs: z.int('must be a number of milliseconds').min(1).max(600_000).optional(),
    onFailure: z.enum(['refuse', 'skip'], 'must be refuse or skip').optional(),
    isolate: z.boolean('must be true or false').optional(),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `has the member ${issue.keys.map(shown).join(', ')}; there are: use, ${members}`
        : `must have "use", and of ${members} what is needed`,
  },
)

/** Named alone, by whoever can set the environment: everything is granted. */
const grantedAll = (use: string) => ({ use, grant: 'all' as const })
const pluginNames = z.string().transform((list) =>
  list
    .split(',')
    .map((use) => use.trim())
    .filter((use) => use !== '')
    .map(grantedAll),
)
const pluginList = z.array(z.unknown(), 'must be a list of plugins').transform((list, context) =>
  list.map((given, index): z.output<typeof pluginEntry> | ReturnType<typeof grantedAll> => {
    const result = typeof given === 'string' ? text.safeParse(given) : pluginEntry.safeParse(given)
    if (result.success) {
      return typeof result.data === 'string' ? grantedAll(result.data) : result.data
    }
    const [issue] = result.error.issues
    const where = [`entry ${index + 1}`, ...(issue?.path ?? [])].join('.')
    context.addIssue({ code: 'custom', message: `${where} ${issue?.message ?? 'is wrong'}` })
    return z.NEVER
  }),
)
/** Names alone, as the environment gives them, or the entries of the file. */
export const plugins = z.unknown().transform((value, context): z.output<typeof pluginList> => {
  const result = (typeof value === 'string' ? pluginNames : pluginList).safeParse(value ?? [])
  if (result.success) return result.data
  const message = result.error.issues[0]?.message ?? 'must be a list of plugins'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})
