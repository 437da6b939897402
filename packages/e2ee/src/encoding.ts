import { type Fingerprint, fromBase64Url } from '@secure-chat/protocol'
import * as z from 'zod'

/** `size` bytes in canonical base64url. */
export const base64UrlOf = (size: number) =>
  z.string().refine((text) => fromBase64Url(text)?.length === size)

/** SHA-256 of an SPKI DER, 64 lower-case hex digits. */
export const fingerprintSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((text) => text as Fingerprint)
