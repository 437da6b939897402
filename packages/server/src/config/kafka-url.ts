import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import type { KafkaAccess, KafkaTopics } from '../drivers/kafka/index.ts'
import { invalid, readSecretFile, systemCodeOf } from './sources.ts'

/** What `QUEUE_URL=kafka://…` and the settings beside it say. */
export interface KafkaSettings {
  readonly access: KafkaAccess
  readonly topics: KafkaTopics
}

/** The settings that concern Kafka, as checked one by one. */
export interface KafkaValues {
  readonly kafkaUsername: string | undefined
  readonly kafkaPassword: string | undefined
  readonly kafkaCa: string | undefined
  readonly kafkaCert: string | undefined
  readonly kafkaKey: string | undefined
  readonly kafkaReplicationFactor: number | undefined
  readonly kafkaTopicConfig: Readonly<Record<string, string>>
  readonly retentionDays: number
  readonly retentionBytes: number
}

type Sasl = NonNullable<KafkaAccess['sasl']>
type Tls = NonNullable<KafkaAccess['tls']>

const example = 'Example: QUEUE_URL=kafka://broker1:9092,broker2:9092?tls=1&sasl=scram-sha-512'
const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
const options = ['tls', 'sasl', 'ca', 'cert', 'key']

export function isKafkaUrl(url: string | undefined): url is string {
  return /^kafka:\/\//i.test(url ?? '')
}

/**
 * `kafka://[user:password@]host[:port][,host[:port]…][?tls=1&sasl=…&ca=…&cert=…&key=…]`. User, password and files may
 * be given by their own settings instead.
 *
 * @throws ChatError `config_invalid`, which never repeats the URL: it may hold a password
 */
export function kafkaSettings(url: string, values: KafkaValues, cwd: string): KafkaSettings {
  const [, userInfo, hosts = '', , query] =
    /^kafka:\/\/(?:([^/?#]*)@)?([^/?#@]*)(\/?)(?:\?([^#]*))?$/i.exec(url) ?? []
  if (hosts === '') throw wrong('must name brokers as host:port, separated by commas')
  const brokers = hosts.split(',').map(brokerOf)
  const parameters = parametersIn(query)
  const tls = tlsOf(parameters, values, cwd)
  const sasl = saslOf(userInfo, parameters.get('sasl'), values)
  if (sasl?.mechanism === 'PLAIN' && tls === undefined && !brokers.every(isLoopback)) {
    throw wrong(
      'asks for sasl=plain without TLS, which sends the password readable. Add tls=1, or use scram-sha-512',
    )
  }
  return {
    access: { brokers, ...(tls && { tls }), ...(sasl && { sasl }) },
    topics: topicsOf(values),
  }
}

function topicsOf({
  retentionDays,
  retentionBytes,
  kafkaReplicationFactor: replicationFactor,
  kafkaTopicConfig: config,
}: KafkaValues): KafkaTopics {
  const retentionMs = retentionDays * 24 * 3600 * 1000
  const more = replicationFactor === undefined ? {} : { replicationFactor }
  return { retentionMs, retentionBytes, config, ...more }
}

function brokerOf(text: string): KafkaAccess['brokers'][number] {
  const [, bracketed, plain, port = '9092'] =
    /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(text.trim()) ?? []
  const host = bracketed ?? plain
  const isValid =
    host !== undefined && Number(port) >= 1 && Number(port) <= 65_535 && (!bracketed || isIP(host))
  if (!isValid) throw wrong('names a broker that is not host:port')
  return { host, port: Number(port) }
}

function isLoopback({ host }: { readonly host: string }): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function parametersIn(query: string | undefined): URLSearchParams {
  const parameters = new URLSearchParams(query)
  for (const name of new Set(parameters.keys())) {
    if (!options.includes(name)) {
      throw wrong(`has an option that is none of ${options.join(', ')}`)
    }
    if (parameters.getAll(name).length > 1) throw wrong(`has the option ${name} more than once`)
  }
  return parameters
}

function tlsOf(parameters: URLSearchParams, values: KafkaValues, cwd: string): Tls | undefined {
  const file = (name: 'ca' | 'cert' | 'key', path: string | undefined) => {
    const inUrl = parameters.get(name) || undefined
    const setting = `KAFKA_${name.toUpperCase()}`
    if (inUrl !== undefined && path !== undefined) {
      throw invalid(
        `${setting} is set and QUEUE_URL has the option ${name}. Keep one of them. ${example}`,
      )
    }
    const given = inUrl ?? path
    if (given === undefined) return undefined
    const place = inUrl === undefined ? setting : `The option ${name} of QUEUE_URL`
    return name === 'key'
      ? readSecretFile(resolve(cwd, given), place)
      : readPem(resolve(cwd, given), place)
  }
  const ca = file('ca', values.kafkaCa)
  const cert = file('cert', values.kafkaCert)
  const key = file('key', values.kafkaKey)
  const word = parameters.get('tls')
  if (word !== null && !['1', 'true', '0', 'false'].includes(word)) {
    throw wrong('has an option tls that is neither 1 nor 0')
  }
  const isOff = word === '0' || word === 'false'
  const hasFiles = ca !== undefined || cert !== undefined || key !== undefined
  if (isOff && hasFiles) throw wrong('says tls=0, and files for TLS are named')
  if ((cert === undefined) !== (key === undefined)) {
    throw invalid(
      `${cert === undefined ? 'KAFKA_KEY' : 'KAFKA_CERT'} is set without the other half; a client's certificate needs both. Example: KAFKA_CERT=client.pem KAFKA_KEY=client.key`,
    )
  }
  if (!hasFiles && (word === null || isOff)) return undefined
  return { ...(ca !== undefined && { ca }), ...(cert && key && { cert, key }) }
}

function saslOf(
  userInfo: string | undefined,
  word: string | null,
  { kafkaUsername, kafkaPassword }: KafkaValues,
): Sasl | undefined {
  const [inUrl, ...rest] = userInfo?.split(':') ?? []
  if (inUrl !== undefined && (kafkaUsername !== undefined || kafkaPassword !== undefined)) {
    throw invalid(
      `QUEUE_URL holds a user, and KAFKA_USERNAME or KAFKA_PASSWORD is set. Keep one of them. ${example}`,
    )
  }
  const username = inUrl === undefined ? kafkaUsername : decoded(inUrl)
  const password = inUrl === undefined ? kafkaPassword : decoded(rest.join(':'))
  if (username === undefined && password === undefined && word === null) return undefined
  if (!username || !password) {
    throw invalid(
      'Kafka is to be signed in to, and the user or the password is missing. Example: KAFKA_USERNAME=chat KAFKA_PASSWORD_FILE=/run/secrets/kafka',
    )
  }
  const mechanism = mechanisms.find((known) => known === (word ?? 'scram-sha-512').toUpperCase())
  if (mechanism === undefined) {
    throw wrong('has an option sasl that is none of plain, scram-sha-256, scram-sha-512')
  }
  return { mechanism, username, password }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw invalid(
      `QUEUE_URL has a user or a password with a % that begins no code; write %25 for it. ${example}`,
      cause,
    )
  }
}

function readPem(path: string, place: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw invalid(
      `${place} names ${path}, which cannot be read (${systemCodeOf(cause)}). Example: KAFKA_CA=/etc/secure-chat/kafka-ca.pem`,
      cause,
    )
  }
}

function wrong(problem: string) {
  return invalid(`QUEUE_URL ${problem}. ${example}`)
}
