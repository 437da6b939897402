/** What is wrong with the answer of a handler, said behind its name; undefined when nothing is. The server says the same. */
import * as z from 'zod'

const printableKey = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]+$/u
const metaMaxBytes = 1024
const copiesMax = 100
const userName = /^[a-z0-9][a-z0-9_-]{1,31}$/i
const reject = z.looseObject({ kind: z.literal('reject'), reason: z.string().min(1) })
const pass = z.looseObject({ kind: z.literal('pass') })

function verdictSchema(plugin: string, declares: readonly string[]) {
  return z.discriminatedUnion(
    'kind',
    [
      pass,
      reject,
      z.looseObject({
        kind: z.literal('annotate'),
        meta: z
          .record(z.string(), z.string())
          .refine(
            (meta) => Object.keys(meta).every((key) => printableKey.test(key)),
            'has an unprintable key',
          )
          .refine(
            (meta) => sizeOf(plugin, meta) <= metaMaxBytes,
            `is more than ${metaMaxBytes} bytes`,
          ),
      }),
      z.looseObject({
        kind: z.literal('copy'),
        to: z.array(z.string().regex(userName, 'is no user name')).max(copiesMax),
      }),
      z.looseObject({
        kind: z.literal('retype'),
        type: z.string().refine((type) => declares.includes(type), 'is not among what it declares'),
      }),
    ],
    'is no verdict',
  )
}

export function complaintAboutVerdict(
  answer: unknown,
  { name, declares = [] }: { readonly name: string; readonly declares?: readonly string[] },
): string | undefined {
  return complaint(verdictSchema(name, declares), answer, 'no verdict')
}

export function complaintAboutRegistration(answer: unknown): string | undefined {
  return complaint(z.discriminatedUnion('kind', [pass, reject]), answer, 'neither pass nor reject')
}

const presenceSchema = z.record(
  z.string(),
  z.looseObject({
    state: z.enum(['online', 'away', 'busy', 'offline']),
    text: z.string().max(140).optional(),
    lastSeen: z.iso.datetime({ offset: true }).optional(),
  }),
)

export function complaintAboutPresence(answer: unknown): string | undefined {
  return complaint(presenceSchema, answer, 'no answers by name')
}

function complaint(schema: z.ZodType, answer: unknown, otherwise: string): string | undefined {
  const issue = schema.safeParse(answer).error?.issues[0]
  if (issue === undefined) return undefined
  const where = issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : otherwise
  return `answered ${shown(answer)}, which is not allowed (${where})`
}

function shown(answer: unknown): string {
  try {
    return (JSON.stringify(answer) ?? String(answer)).slice(0, 80)
  } catch {
    return typeof answer
  }
}

function sizeOf(plugin: string, meta: Readonly<Record<string, string>>): number {
  return Object.entries(meta).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(`${plugin}.${key}`) + Buffer.byteLength(value),
    0,
  )
}
