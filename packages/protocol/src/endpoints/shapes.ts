import * as z from 'zod'
import { fingerprintField, userNameField } from '../fields.ts'

export const okAnswer = z.object({ status: z.literal('OK') })

export const usernameParams = z.object({ username: userNameField })

/** After a new key is in force. */
export const keyAnswer = z.object({
  status: z.literal('OK'),
  fingerprint: fingerprintField,
  seq: z.int().nonnegative(),
})

export const sessionIdText = z
  .string()
  .regex(/^[0-9a-f]{16}$/, { error: 'must be 16 lower-case hex digits' })
  .meta({ description: 'First 16 hex digits of SHA-256(sid)', examples: ['9f86d081884c7d65'] })
