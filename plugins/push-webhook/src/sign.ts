import { createHmac } from 'node:crypto'

/** A key of HMAC-SHA256, as the receiver has it. */
export type SigningKey = Buffer

const prefix = 'whsec_'
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * Reads `whsec_` and base64 of 24 to 64 bytes, as Standard Webhooks serializes secrets ("Signature scheme").
 *
 * @throws Error that does not show the secret
 */
export function parseSecret(text: string, what: string): SigningKey {
  const encoded = text.slice(prefix.length)
  const key = Buffer.from(encoded, 'base64')
  if (!text.startsWith(prefix) || !base64.test(encoded) || key.length < 24 || key.length > 64) {
    throw new Error(
      `${what} is no secret: it must be whsec_ and base64 of 24 to 64 random bytes, as from: echo "whsec_$(openssl rand -base64 32)"`,
    )
  }
  return key
}

/**
 * The headers of one request by Standard Webhooks 1.0.0. A signature for each key, so that a receiver who has the old
 * or the new one accepts it.
 *
 * @param id the same for every try; without a full stop, which would let id and time be told apart differently
 * @param atMs of this try
 */
export function webhookHeaders(
  { id, body, atMs }: { readonly id: string; readonly body: string; readonly atMs: number },
  keys: readonly SigningKey[],
): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000))
  const signatures = keys.map((key) => {
    const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
    return `v1,${mac}`
  })
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  }
}
