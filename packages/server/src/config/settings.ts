import { isIP } from 'node:net'
import { z } from 'zod'
import { plugins } from './plugin-settings.ts'

/**
 * Every setting: environment name, example and schema in one table. The same names in camelCase
 * are the keys of `secure-chat.config.*`. Values arrive as text from the environment and as text,
 * numbers or booleans from the file.
 */
interface Setting<T> {
  readonly name: string
  readonly example: string
  /** May hold a secret: also read from `NAME_FILE`, masked when shown. */
  readonly isSecret: boolean
  readonly schema: z.ZodType<T>
}

const text = z.string().min(1, 'must not be empty')

function wholeNumber(min: number, max: number) {
  const problem = `must be a whole number from ${min} to ${max}`
  return z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^\d{1,16}$/, problem)
          .transform(Number),
      ],
      problem,
    )
    .pipe(z.number().int(problem).min(min, problem).max(max, problem))
}

function oneOf<const V extends readonly string[]>(values: V) {
  return z.enum(values, `must be one of ${values.join(', ')}`)
}

const onOff = z.union(
  [
    z.boolean(),
    z
      .string()
      .toLowerCase()
      .pipe(z.enum(['1', 'true', 'yes', 'on', '0', 'false', 'no', 'off', '']))
      .transform((value) => ['1', 'true', 'yes', 'on'].includes(value)),
  ],
  'must be 1 or 0',
)

const sizes: Readonly<Record<string, number>> = {
  '': 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
}
const sizeProblem =
  'must be a number of bytes, at least 1 MiB, with K, M, G or T as unit if you like'
const byteSize = z.union([z.number(), z.string()], sizeProblem).transform((value, context) => {
  const [, digits, unit] = /^(\d{1,15})\s*([kmgt]?)(?:i?b)?$/i.exec(String(value)) ?? []
  const bytes = Number(digits) * (sizes[(unit ?? '').toLowerCase()] ?? Number.NaN)
  if (Number.isSafeInteger(bytes) && bytes >= 2 ** 20) return bytes
  context.addIssue({ code: 'custom', message: sizeProblem })
  return z.NEVER
})

const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i
const host = text.refine(
  (value) => isIP(value) !== 0 || hostName.test(value),
  'must be an IP address or a host name',
)

function engineUrl(purpose: string) {
  return text.refine(
    (value) => /^[a-z][a-z0-9+.-]*:\/\//i.test(value),
    `must be a URL that names the ${purpose}`,
  )
}

const publicUrl = text
  .refine(
    (value) => /^https?:\/\//.test(value) && URL.canParse(value),
    'must be an http:// or https:// URL',
  )
  .transform((value) => new URL(value).href.replace(/\/$/, ''))

/** Hops, or addresses and subnets of proxies. `true` would let every client choose its own address. */
const trustProxy = z
  .union([z.number(), z.string()], 'must be a number of proxies or a list of their addresses')
  .transform((value, context): number | string[] => {
    if (/^\d{1,2}$/.test(String(value))) return Number(value)
    const parts = String(value)
      .split(',')
      .map((part) => part.trim())
    const known = (part: string) =>
      ['loopback', 'linklocal', 'uniquelocal'].includes(part) ||
      (isIP(part.split('/')[0] ?? '') !== 0 && /^[^/]+(\/\d{1,3})?$/.test(part))
    if (parts.every(known)) return parts
    context.addIssue({
      code: 'custom',
      message:
        'must be a number of proxies or a list of their addresses (trusting everyone is not possible)',
    })
    return z.NEVER
  })

const configName = /^[a-z][a-z0-9.]*$/
const configProblem = 'must be a list of name=value, separated by commas'
/** Of topics: a value may hold commas, so only what begins like a name begins another pair. */
const topicConfig = z
  .union(
    [
      z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      z.string().transform((list) =>
        Object.fromEntries(
          list
            .split(/,(?=\s*[a-z][a-z0-9.]*=)/)
            .filter((pair) => pair.trim() !== '')
            .map((pair) => {
              const at = pair.indexOf('=')
              return [pair.slice(0, Math.max(0, at)).trim(), pair.slice(at + 1).trim()] as const
            }),
        ),
      ),
    ],
    configProblem,
  )
  .transform((given, context): Record<string, string> => {
    const pairs = Object.entries(given).map(([name, value]) => [name, String(value)] as const)
    const compacts = pairs.some(
      ([name, value]) => name === 'cleanup.policy' && value.includes('compact'),
    )
    const problem = pairs.some(([name, value]) => !configName.test(name) || value === '')
      ? configProblem
      : compacts
        ? 'must not ask for compaction, which would drop all messages but one'
        : undefined
    if (problem === undefined) return Object.fromEntries(pairs)
    context.addIssue({ code: 'custom', message: problem })
    return z.NEVER
  })

const placeholder = /change.?me|example|default|password|placeholder|your.?(secret|token)|12345678/i

/** Base64url secrets of at least 32 bytes, the newest first. */
const sessionSecret = text.transform((value, context) => {
  const secrets = value.split(',').map((part) => Buffer.from(part.trim(), 'base64url'))
  const texts = value.split(',').map((part) => part.trim())
  const problem = texts.some((part) => !/^[A-Za-z0-9_-]+$/.test(part))
    ? 'must be base64url text (several separated by commas)'
    : secrets.some((secret) => secret.length < 32)
      ? 'must be at least 32 bytes long'
      : texts.some((part) => placeholder.test(part)) ||
          secrets.some((secret) => new Set(secret).size < 12)
        ? 'is not random: it looks like a default or an example'
        : undefined
  if (problem === undefined) return secrets
  context.addIssue({ code: 'custom', message: problem })
  return z.NEVER
})

const adminToken = text
  .min(32, 'must be at least 32 characters long')
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
  .refine(
    (value) => !placeholder.test(value) && new Set(value).size >= 8,
    'is not random: it looks like a default or an example',
  )

function setting<T>(
  name: string,
  example: string,
  schema: z.ZodType<T>,
  isSecret = false,
): Setting<T> {
  return { name, example, schema, isSecret }
}

const secretExample = '$(openssl rand -base64 32 | tr "+/" "-_" | tr -d "=")'

/** The one table of settings; the schema of all of them together is built from it. */
export const settingsTable = {
  host: setting('HOST', '127.0.0.1', host.default('127.0.0.1')),
  port: setting('PORT', '8000', wholeNumber(0, 65_535).default(8000)),
  dataDir: setting('DATA_DIR', './data', text.default('./data')),
  databaseUrl: setting(
    'DATABASE_URL',
    'mongodb://127.0.0.1:27017/secure-chat',
    engineUrl('database').optional(),
    true,
  ),
  queueUrl: setting(
    'QUEUE_URL',
    'kafka://127.0.0.1:9092',
    engineUrl('message queue').optional(),
    true,
  ),
  queueLayout: setting('QUEUE_LAYOUT', 'topics', oneOf(['topics', 'lanes']).default('topics')),
  lanes: setting('LANES', '64', wholeNumber(1, 4096).default(64)),
  kafkaUsername: setting('KAFKA_USERNAME', 'chat', text.optional()),
  kafkaPassword: setting('KAFKA_PASSWORD', secretExample, text.optional(), true),
  kafkaCa: setting('KAFKA_CA', '/etc/secure-chat/kafka-ca.pem', text.optional()),
  kafkaCert: setting('KAFKA_CERT', '/etc/secure-chat/kafka-client.pem', text.optional()),
  kafkaKey: setting('KAFKA_KEY', '/etc/secure-chat/kafka-client.key', text.optional()),
  kafkaReplicationFactor: setting(
    'KAFKA_REPLICATION_FACTOR',
    '3',
    wholeNumber(1, 32_767).optional(),
  ),
  kafkaTopicConfig: setting(
    'KAFKA_TOPIC_CONFIG',
    'min.insync.replicas=2,unclean.leader.election.enable=false',
    topicConfig.default({}),
  ),
  publicUrl: setting('PUBLIC_URL', 'https://chat.example.org', publicUrl.optional()),
  tlsCert: setting('TLS_CERT', '/etc/secure-chat/cert.pem', text.optional()),
  tlsKey: setting('TLS_KEY', '/etc/secure-chat/key.pem', text.optional()),
  trustProxy: setting('TRUST_PROXY', '1', trustProxy.optional()),
  retentionDays: setting('RETENTION_DAYS', '30', wholeNumber(1, 36_500).default(30)),
  retentionBytes: setting('RETENTION_BYTES', '1G', byteSize.default(2 ** 30)),
  registration: setting('REGISTRATION', 'open', oneOf(['open', 'closed']).default('open')),
  rateLimit: setting('RATE_LIMIT', 'on', oneOf(['on', 'off']).default('on')),
  limitSignInFailures: setting('LIMIT_SIGN_IN_FAILURES', '5', wholeNumber(1, 1000).default(5)),
  limitSignInFailuresPerAddress: setting(
    'LIMIT_SIGN_IN_FAILURES_PER_ADDRESS',
    '20',
    wholeNumber(1, 100_000).default(20),
  ),
  limitSignInFailuresPerAccount: setting(
    'LIMIT_SIGN_IN_FAILURES_PER_ACCOUNT',
    '100',
    wholeNumber(1, 100_000).default(100),
  ),
  limitRegistrationsPerHour: setting(
    'LIMIT_REGISTRATIONS_PER_HOUR',
    '20',
    wholeNumber(1, 1_000_000).default(20),
  ),
  limitMessagesPerMinute: setting(
    'LIMIT_MESSAGES_PER_MINUTE',
    '600',
    wholeNumber(1, 10_000_000).default(600),
  ),
  limitMessagesPerMinuteToOne: setting(
    'LIMIT_MESSAGES_PER_MINUTE_TO_ONE',
    '120',
    wholeNumber(1, 10_000_000).default(120),
  ),
  limitMessagesBurst: setting(
    'LIMIT_MESSAGES_BURST',
    '600',
    wholeNumber(1, 10_000_000).default(600),
  ),
  limitExchangesPerHour: setting(
    'LIMIT_EXCHANGES_PER_HOUR',
    '60',
    wholeNumber(1, 1_000_000).default(60),
  ),
  logLevel: setting(
    'LOG_LEVEL',
    'info',
    oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ),
  plugins: setting('PLUGINS', 'secure-chat-plugin-slow-mode', plugins),
  pluginTimeoutMaxMs: setting(
    'PLUGIN_TIMEOUT_MAX_MS',
    '5000',
    wholeNumber(1, 600_000).default(5000),
  ),
  metricsPort: setting('METRICS_PORT', '9464', wholeNumber(0, 65_535).optional()),
  metricsHost: setting('METRICS_HOST', '127.0.0.1', host.default('127.0.0.1')),
  adminToken: setting('ADMIN_TOKEN', secretExample, adminToken.optional(), true),
  sessionSecret: setting('SESSION_SECRET', secretExample, sessionSecret.optional(), true),
  allowPlaintextHttp: setting('ALLOW_PLAINTEXT_HTTP', '1', onOff.default(false)),
} as const

type Table = typeof settingsTable
export type SettingKey = keyof Table

/** The settings as checked. Times and sizes carry their unit in the name; `sessionSecret` is undefined when it is to be kept in `dataDir`. */
export type CheckedSettings = {
  readonly [K in SettingKey]: Table[K] extends Setting<infer T> ? T : never
}
