import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname, resolve } from 'node:path'
import { ChatError, type FieldError } from '@secure-chat/protocol'
import { isKafkaUrl, type KafkaSettings, kafkaSettings } from './config/kafka-url.ts'
import { type CheckedSettings, type SettingKey, settingsTable } from './config/settings.ts'
import {
  configFileOf,
  type Environment,
  type Found,
  invalid,
  readSecretFile,
  readSources,
} from './config/sources.ts'

/** What a start needs to know. `sessionSecrets` is filled by `openSessionSecrets` where it was left to the data folder. */
export interface Settings extends Omit<CheckedSettings, 'sessionSecret' | 'tlsCert' | 'tlsKey'> {
  /** Absolute. */
  readonly dataDir: string
  readonly sessionSecrets: readonly Buffer[] | undefined
  /** Undefined unless `QUEUE_URL` names Kafka. */
  readonly kafka: KafkaSettings | undefined
  /** Where packages of plugins are looked for: the configuration file's folder, else the working folder. Absolute. */
  readonly pluginFolder: string
  /** PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined
}

/**
 * Reads and checks every setting. Throws `config_invalid` that names each wrong setting, what is
 * wrong with it and an example; nothing has been opened or listened to by then. `changes` are in the place of what was
 * found, each by what told them; a value of undefined leaves the setting out.
 */
export async function loadConfig(
  env: Environment = process.env,
  cwd: string = process.cwd(),
  changes: ReadonlyMap<SettingKey, Found> = new Map(),
): Promise<Settings> {
  const found = await readSources(env, cwd)
  for (const [key, change] of changes) {
    if (change.value === undefined) found.delete(key)
    else found.set(key, change)
  }
  const file = configFileOf(env, cwd)
  return checkSettings(found, cwd, file === undefined ? cwd : dirname(file))
}

/** The settings a test or an embedding program gives by key, with every rule of `loadConfig`. */
export function settingsFrom(
  values: Partial<Record<SettingKey, unknown>>,
  cwd = process.cwd(),
): Settings {
  const found = new Map<SettingKey, Found>()
  for (const [name, value] of Object.entries(values)) {
    const key = settingKeys.find((known) => known === name)
    if (key !== undefined && value !== undefined) found.set(key, { value, place: name })
  }
  return checkSettings(found, cwd, cwd)
}

const settingKeys = Object.keys(settingsTable).filter(
  (key): key is SettingKey => key in settingsTable,
)

function checkSettings(
  found: ReadonlyMap<SettingKey, Found>,
  cwd: string,
  pluginFolder: string,
): Settings {
  const errors: FieldError[] = []
  const checked: Record<string, unknown> = {}
  for (const key of settingKeys) {
    const { name, example, schema, isSecret } = settingsTable[key]
    const given = found.get(key)
    const result = schema.safeParse(given?.value)
    if (result.success) {
      checked[key] = result.data
      continue
    }
    // The config of a plugin may hold a secret, so what is no plain value is not repeated.
    const isShown = !isSecret && given !== undefined && typeof given.value !== 'object'
    const shown = isShown ? ` is ${JSON.stringify(given.value)}:` : ''
    const problem = result.error.issues[0]?.message ?? 'is wrong'
    errors.push({
      pointer: `/${name}`,
      detail: `${given?.place ?? name}${shown} ${problem}. Example: ${name}=${example}`,
    })
  }
  if (errors.length > 0) {
    throw new ChatError('config_invalid', errors.map((error) => error.detail).join('\n'), {
      errors,
    })
  }
  // Each value passed the schema of its key just above.
  return { ...together(checked as CheckedSettings, cwd), pluginFolder }
}

export function isMongoUrl(url: string | undefined): url is string {
  return /^mongodb(\+srv)?:\/\//i.test(url ?? '')
}

/** The rules that span several settings. */
function together(checked: CheckedSettings, cwd: string): Omit<Settings, 'pluginFolder'> {
  const { sessionSecret, tlsCert, tlsKey, ...plain } = checked
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const [set, missing] = tlsCert === undefined ? ['TLS_KEY', 'TLS_CERT'] : ['TLS_CERT', 'TLS_KEY']
    throw invalid(
      `${set} is set without ${missing}; TLS needs both. Example: TLS_CERT=cert.pem TLS_KEY=key.pem`,
    )
  }
  const tls =
    tlsCert === undefined || tlsKey === undefined ? undefined : readTls(tlsCert, tlsKey, cwd)
  if (tls === undefined && !isLoopback(checked.host) && !checked.allowPlaintextHttp) {
    throw invalid(
      `HOST is ${checked.host}, which others can reach, and there is no TLS: passwords would travel readable. ` +
        'Set TLS_CERT and TLS_KEY, or, when a proxy in front does TLS, ALLOW_PLAINTEXT_HTTP=1.',
    )
  }
  if (
    checked.metricsPort !== undefined &&
    !isLoopback(checked.metricsHost) &&
    checked.adminToken === undefined
  ) {
    throw invalid(
      `METRICS_HOST is ${checked.metricsHost}, which others can reach: that needs ADMIN_TOKEN (32 characters or more).`,
    )
  }
  const { queueUrl, databaseUrl } = checked
  if (checked.queueLayout === 'lanes' && !isKafkaUrl(queueUrl)) {
    throw invalid(
      'QUEUE_LAYOUT is lanes, which is a layout of Kafka: it needs QUEUE_URL. Example: QUEUE_URL=kafka://127.0.0.1:9092',
    )
  }
  if (checked.queueLayout === 'lanes' && !isMongoUrl(databaseUrl)) {
    throw invalid(
      'QUEUE_LAYOUT is lanes, which reads mailboxes from MongoDB: it needs DATABASE_URL. Example: DATABASE_URL=mongodb://127.0.0.1:27017/secure-chat',
    )
  }
  const kafka = isKafkaUrl(queueUrl) ? kafkaSettings(queueUrl, checked, cwd) : undefined
  return {
    ...plain,
    kafka,
    dataDir: resolve(cwd, checked.dataDir),
    sessionSecrets: sessionSecret,
    tls,
  }
}

function readTls(certPath: string, keyPath: string, cwd: string): { cert: string; key: string } {
  const key = readSecretFile(resolve(cwd, keyPath), 'TLS_KEY')
  try {
    return { cert: readFileSync(resolve(cwd, certPath), 'utf8'), key }
  } catch (cause) {
    throw invalid(
      `TLS_CERT names ${certPath}, which cannot be read. Example: TLS_CERT=/etc/secure-chat/cert.pem`,
      cause,
    )
  }
}

/** Reached by programs of this machine alone. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}
