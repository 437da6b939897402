import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ChatError, type ServerContext } from '@secure-chat/plugin-sdk/server'
import { type KafkaConfig, logLevel } from 'kafkajs'
import type { KafkajsConfig } from './config.ts'

type Sasl = NonNullable<KafkaConfig['sasl']>

/**
 * How the brokers are reached, in the words of kafkajs.
 *
 * @throws ChatError `config_invalid`, which never repeats the URL or a secret
 */
export async function accessOf(
  url: URL,
  config: KafkajsConfig,
  { log, env }: { readonly log: ServerContext['log']; readonly env: NodeJS.ProcessEnv },
): Promise<KafkaConfig> {
  const brokers = [...new Set([brokerIn(url), ...config.brokers.map(withPort)])]
  const ssl = sslOf(config.tls)
  const sasl = config.sasl && (await saslOf(config.sasl, env))
  if (sasl?.mechanism === 'plain' && ssl === false && !brokers.every(isLoopback)) {
    throw invalid(
      'sasl "plain" without tls sends the password readable. Set tls, or take scram-sha-512',
    )
  }
  return {
    clientId: 'secure-chat',
    brokers,
    ssl,
    ...(sasl && { sasl }),
    connectionTimeout: 3000,
    authenticationTimeout: 3000,
    requestTimeout: 3500,
    // The driver tries again itself, for as long as a caller waits.
    retry: { retries: 1, initialRetryTime: 50, maxRetryTime: 200 },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ namespace, log: { message, broker } }) =>
        log.debug({ kafkajs: namespace, ...(broker !== undefined && { broker }) }, message),
  }
}

function brokerIn(url: URL): string {
  if (url.username !== '' || url.password !== '') {
    throw invalid('a user and a password do not belong into QUEUE_URL; say "sasl" in its config')
  }
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '') {
    throw invalid('QUEUE_URL names one broker and nothing else; the rest belongs into its config')
  }
  if (url.hostname === '') throw invalid('QUEUE_URL names no broker')
  return withPort(url.host)
}

function withPort(broker: string): string {
  return /:\d+$/.test(broker) && !broker.endsWith(']') ? broker : `${broker}:9092`
}

function isLoopback(broker: string): boolean {
  const host = broker.replace(/:\d+$/, '')
  return host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'))
}

function sslOf(tls: KafkajsConfig['tls']): NonNullable<KafkaConfig['ssl']> {
  if (tls === false) return false
  const { ca, cert, key } = tls === true ? {} : tls
  return {
    minVersion: 'TLSv1.2',
    ...(ca !== undefined && { ca: readFile(ca, 'tls.ca') }),
    ...(cert !== undefined && { cert: readFile(cert, 'tls.cert') }),
    ...(key !== undefined && { key: readSecret(key, 'tls.key') }),
  }
}

async function saslOf(
  sasl: NonNullable<KafkajsConfig['sasl']>,
  env: NodeJS.ProcessEnv,
): Promise<Sasl> {
  if ('module' in sasl) return saslOfModule(resolve(sasl.module))
  if (sasl.mechanism === 'oauthbearer') {
    const { tokenFile } = sasl
    readSecret(tokenFile, 'sasl.tokenFile')
    return {
      mechanism: 'oauthbearer',
      oauthBearerProvider: async () => ({ value: readSecret(tokenFile, 'sasl.tokenFile') }),
    }
  }
  const { mechanism, username, passwordFile, passwordEnv } = sasl
  const password =
    passwordFile === undefined
      ? env[passwordEnv ?? '']
      : readSecret(passwordFile, 'sasl.passwordFile')
  if (!password) throw invalid('sasl has no password: what it names is empty or not there')
  const account = { username, password }
  switch (mechanism) {
    case 'plain':
      return { mechanism, ...account }
    case 'scram-sha-256':
      return { mechanism, ...account }
    case 'scram-sha-512':
      return { mechanism, ...account }
  }
}

/** For a mechanism that kafkajs has not; it is code that the operator chose, like the plugin itself. */
async function saslOfModule(path: string): Promise<Sasl> {
  try {
    const { default: exported } = await import(pathToFileURL(path).href)
    const sasl: unknown = typeof exported === 'function' ? await exported() : exported
    const mechanism: unknown = Reflect.get(Object(sasl), 'mechanism')
    if (typeof mechanism !== 'string') throw new TypeError('its default export has no mechanism')
    return sasl as Sasl
  } catch (cause) {
    throw invalid(`sasl.module names ${path}, which cannot be used (${messageOf(cause)})`, cause)
  }
}

/** A secret that others on the machine can read is none. */
function readSecret(path: string, name: string): string {
  const text = readFile(path, name).trim()
  if (process.platform !== 'win32' && (statSync(resolve(path)).mode & 0o004) !== 0) {
    throw invalid(
      `${name} names ${path}, which every user of this machine can read. Close it: chmod 600 ${path}`,
    )
  }
  return text
}

function readFile(path: string, name: string): string {
  try {
    return readFileSync(resolve(path), 'utf8')
  } catch (cause) {
    throw invalid(`${name} names ${path}, which cannot be read (${messageOf(cause)})`, cause)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function invalid(what: string, cause?: unknown): ChatError {
  return new ChatError('config_invalid', `The plugin queue-kafkajs cannot start: ${what}.`, {
    ...(cause !== undefined && { cause }),
  })
}
