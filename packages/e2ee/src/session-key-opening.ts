import { constants, privateDecrypt } from 'node:crypto'
import { parseSessionKey } from '@secure-chat/protocol'
import type { Identity } from './identity.ts'
import { undecryptable } from './undecryptable.ts'

/**
 * Opens the `session-key` of a login answer: standard base64 of RSA-OAEP (SHA-256, MGF1 SHA-256) of
 * `sk1.<sid>.<K>`. A server could send anything here, an exchange of ours for instance, so nothing
 * but the exact grammar comes back and every failure is the one error `undecryptable`: the answer
 * must not become a decryption oracle.
 */
export function openSessionKey(
  identity: Identity,
  sealedBase64: string,
): { sid: Buffer; key: Buffer } {
  const opened = parseSessionKey(openSealed(identity, sealedBase64))
  if (opened === undefined) throw undecryptable()
  return opened
}

function openSealed(identity: Identity, sealedBase64: string): string {
  const sealed = Buffer.from(sealedBase64, 'base64')
  if (sealed.toString('base64') !== sealedBase64) throw undecryptable()
  try {
    return privateDecrypt(
      {
        key: identity.privateKey,
        padding: constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: 'sha256',
      },
      sealed,
    ).toString('latin1')
  } catch {
    throw undecryptable()
  }
}
