import { ChatError } from '@secure-chat/protocol'

/** What a MongoDB connection string says, as far as this driver reads it by itself. */
export interface MongoUrl {
  /** `host:port,host:port`, fit to be shown. */
  readonly hosts: string
  /** Undefined where it names none. */
  readonly databaseName: string | undefined
  /** Does it set this option? By its documented name, in any case. */
  has(option: string): boolean
  get(option: string): string | undefined
  /** A text about the URL without what must not be shown: the whole of it if a secret is in it. */
  redact(text: string): string
}

/** Options whose values are secrets, or hold some. */
const secretOptions = ['tlscertificatekeyfilepassword', 'authmechanismproperties', 'proxypassword']

/** Only the shape: what an option may hold is the driver's to check. */
export function readMongoUrl(url: string): MongoUrl {
  const [address = '', query = ''] = splitAt(url, '?')
  const [, rest = ''] = splitAt(address, '://')
  const [authority = '', path = ''] = splitAt(rest, '/')
  const at = authority.lastIndexOf('@')
  const options = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) options.set(name.toLowerCase(), value)
  const userInfo = at < 0 ? '' : authority.slice(0, at)
  const secrets = [
    ...userInfo.split(':'),
    ...secretOptions.map((name) => options.get(name) ?? ''),
  ].filter((secret) => secret !== '')

  return {
    hosts: authority.slice(at + 1),
    databaseName: path === '' ? undefined : decoded(path),
    has: (option) => options.has(option.toLowerCase()),
    get: (option) => options.get(option.toLowerCase()),
    redact: (text) =>
      secrets.some((secret) => text.includes(secret) || text.includes(decoded(secret)))
        ? 'it cannot be shown without a secret'
        : text,
  }
}

/**
 * What would break a promise of this server.
 *
 * @throws ChatError `config_invalid`
 */
export function refuseUnsafeOptions(url: MongoUrl): void {
  if (url.get('w') === '0') {
    throw refused('w=0', 'MongoDB would then acknowledge what it has not written')
  }
  const preference = url.get('readPreference')
  if (preference !== undefined && preference !== 'primary') {
    throw refused(
      `readPreference=${preference}`,
      'a secondary still knows sessions that have ended and keys that were replaced',
    )
  }
}

function refused(option: string, why: string): ChatError {
  return new ChatError(
    'config_invalid',
    `DATABASE_URL must not set ${option}: ${why}. Leave it out.`,
  )
}

function splitAt(text: string, mark: string): [string, string?] {
  const index = text.indexOf(mark)
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + mark.length)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
