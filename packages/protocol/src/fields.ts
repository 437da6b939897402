import * as z from 'zod'
import { fitsUtf8 } from './bytes.ts'
import { cursorPattern } from './cursor.ts'
import type { ErrorCode } from './errors/index.ts'
import { limits } from './limits.ts'
import { fingerprintPattern } from './public-key.ts'
import { reservedNames, userNamePattern, userNameRule } from './user-name.ts'

/** The fields that several endpoints share. An issue with `params.code` is answered with that code instead of `invalid_request`. */
const asCode = (code: ErrorCode) => ({ code })

/** A user's name from outside: upper case folded, reserved ones refused. */
export const userNameField = z
  .string()
  .regex(userNamePattern, { error: userNameRule, abort: true })
  .toLowerCase()
  .refine((name) => !reservedNames.has(name), {
    error: 'this name is reserved',
    params: asCode('name_reserved'),
  })
  .brand<'UserName'>()
  .meta({ examples: ['alice'] })

/** A user's name in an answer. */
export const userNameText = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{1,31}$/)
  .brand<'UserName'>()

export const fingerprintField = z
  .string()
  .regex(fingerprintPattern, { error: 'must be 64 lower-case hex digits' })
  .brand<'Fingerprint'>()
  .meta({ description: 'SHA-256 of the SPKI DER of an RSA key' })

export const cursorField = z
  .string()
  .refine((text) => cursorPattern.test(text), {
    error: 'is not a cursor of this mailbox',
    params: asCode('bad_cursor'),
  })
  .brand<'Cursor'>()
  .meta({
    description: 'Opaque; from `next`, `resume` or the id of a stream event',
    maxLength: 256,
  })

/** Any UUID; kept as it was sent. */
export const messageIdField = z
  .string()
  .regex(/^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/, { error: 'must be a UUID' })
  .meta({ format: 'uuid', examples: ['15d607b9-5398-4671-a472-9682d7c903dc'] })

/** ISO-8601 UTC with milliseconds. */
export const timeText = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
  .meta({ format: 'date-time', examples: ['2026-11-23T18:00:00.000Z'] })

/** A password that is being checked: any text, so that a wrong one is `bad_credentials`, never a hint. */
export const passwordField = z
  .string()
  .refine((text) => isWellFormedText(text) && countChars(text) <= limits.passwordMaxChars, {
    error: `must be Unicode text of at most ${limits.passwordMaxChars} characters`,
  })
  .meta({ format: 'password', maxLength: limits.passwordMaxChars })

/** A password that is being set. Frequent ones are refused by the server. */
export const newPasswordField = z
  .string()
  .refine((text) => isWellFormedText(text) && countChars(text) <= limits.passwordMaxChars, {
    error: `must be Unicode text of at most ${limits.passwordMaxChars} characters`,
    abort: true,
  })
  .refine((text) => countChars(text) >= limits.passwordMinChars, {
    error: `must have at least ${limits.passwordMinChars} characters`,
    params: asCode('weak_password'),
  })
  .meta({
    format: 'password',
    minLength: limits.passwordMinChars,
    maxLength: limits.passwordMaxChars,
  })

/** Text only: `parsePublicKey` is the gate, and answers `weak_key`. */
export const publicKeyField = z.string().meta({
  description: 'RSA SPKI PEM, 2048 to 8192 bits, e = 65537',
  examples: ['-----BEGIN PUBLIC KEY-----\nMIIBoj…\n-----END PUBLIC KEY-----\n'],
})

/** On the hot path: native scans only, and those over a long text only once. */
export const messageField = z
  .string()
  .refine((text) => text !== '' && fitsUtf8(text, limits.messageMaxBytes), {
    error: `must be 1 to ${limits.messageMaxBytes} bytes of UTF-8`,
    abort: true,
  })
  .refine(isStorable, { error: 'must be Unicode text without NUL' })
  .meta({ description: 'Opaque to the server: a compact JWE', maxLength: limits.messageMaxBytes })

export const presenceStateField = z.enum(['online', 'away', 'busy', 'offline'], {
  error: 'must be online, away, busy or offline',
})

/** `online`, `away`, `busy` or `offline`. */
export type PresenceState = z.output<typeof presenceStateField>

/** One line: control characters would break the lines of whoever shows it. */
export const presenceTextField = z
  .string()
  .refine((text) => countChars(text) <= limits.presenceTextMaxChars, {
    error: `must be at most ${limits.presenceTextMaxChars} characters`,
    abort: true,
  })
  .refine((text) => isStorable(text) && !/\p{Cc}/u.test(text), {
    error: 'must be Unicode text without control characters',
  })
  .meta({ maxLength: limits.presenceTextMaxChars })

/** A whole number of a query, digits only: `1e2`, `+1`, ` 1`, `0x1` and the empty text are refused. */
export function queryInteger(o: {
  readonly min: number
  readonly max: number
  readonly fallback: number
  readonly description?: string
}) {
  const { min, max, fallback, description } = o
  return z
    .string()
    .refine((text) => /^(?:0|[1-9]\d{0,5})$/.test(text) && isWithin(Number(text), min, max), {
      error: `must be a whole number from ${min} to ${max}`,
    })
    .transform(Number)
    .default(fallback)
    .meta({
      type: 'integer',
      minimum: min,
      maximum: max,
      default: fallback,
      ...(description !== undefined && { description }),
    })
}

export const queryFlag = z
  .string()
  .refine((text) => text === 'true' || text === 'false', { error: 'must be true or false' })
  .transform((text) => text === 'true')
  .meta({ type: 'boolean' })

/** Code points; stops early, since a hostile text may be long. */
function countChars(text: string): number {
  const max = limits.passwordMaxChars
  return text.length > 2 * max ? max + 1 : Array.from(text).length
}

function isWellFormedText(text: string): boolean {
  return text.isWellFormed()
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function isWithin(value: number, min: number, max: number): boolean {
  return value >= min && value <= max
}
