import { types } from 'node:util'
import { isChatError } from '@secure-chat/protocol'
import { type DestinationStream, type Logger, pino } from 'pino'
import type { Log } from '../ports/index.ts'
import { pinoPretty } from './pretty.ts'

export interface ServerLog extends Log {
  fatal(fields: object, text?: string): void
  /** Writes out what is buffered. */
  flush(): void
}

/** Names under which a secret could be logged by mistake, at any of the depths we log at. */
const secretNames = [
  'password',
  'new_password',
  'newPassword',
  'passwordHash',
  'authorization',
  'cookie',
  'access_token',
  'session_key',
  'sessionKey',
  'session-key',
  'sealedSessionKey',
  'secret',
  'adminToken',
  'message',
  'encrypted_key',
]

/** A session key or a proof anywhere in a line, whoever put it there (ASVS 16.2.5). */
const tokens = /sk1\.[\w-]{22}\.[\w-]{43}|scv1\.[\w-]{22}\.\d+\.[\w-]{16}\.[\w-]{43}\.[\w-]{43}/g

/** JSON lines, one an event: line breaks and control characters in values arrive encoded (ASVS 16.4.1). */
export function makeLog(level: string, destination: DestinationStream): ServerLog {
  const logger: Logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretNames.flatMap((name) => [`["${name}"]`, `*["${name}"]`]),
        censor: '[secret]',
      },
      serializers: { err: (error: unknown) => errorFields(error) },
      hooks: { streamWrite: (line) => line.replace(tokens, '[secret]') },
    },
    destination,
  )
  return {
    debug: (fields, text) => logger.debug(fields, text),
    info: (fields, text) => logger.info(fields, text),
    warn: (fields, text) => logger.warn(fields, text),
    error: (fields, text) => logger.error(fields, text),
    fatal: (fields, text) => logger.fatal(fields, text),
    flush: () => logger.flush(),
  }
}

/** Standard output: JSON lines, or readable ones where a person watches. */
export function openLogDestination({
  isTerminal,
}: {
  readonly isTerminal: boolean
}): DestinationStream {
  return isTerminal ? pinoPretty() : pino.destination({ dest: 1, sync: false })
}

const mostCauses = 8

/**
 * Not every property of an error: libraries hang requests, queries and keys on theirs. What is thrown may be anything, of
 * plugins too: a line about it is written all the same.
 */
function errorFields(error: unknown, depth = 0): object {
  try {
    if (!types.isNativeError(error)) return { text: String(error) }
    const { name, message, stack, cause } = error
    return {
      name,
      ...(isChatError(error)
        ? { code: error.code }
        : 'code' in error && { code: String(error.code) }),
      text: message,
      stack,
      ...(cause !== undefined && depth < mostCauses && { cause: errorFields(cause, depth + 1) }),
    }
  } catch {
    return { text: 'an error that cannot be read' }
  }
}
