import type { KeyChangePayload, KeyChangeProof, UserName } from '@secure-chat/protocol'
import type { Identity } from './identity.ts'

/** Proves a key change: both keys sign who changes, where, from what to what, and as which change. `now` in ms. */
export async function signKeyChange(o: {
  name: UserName
  /** `server_id` of `/.well-known/secure-chat`, so that a proof serves on one server only. */
  server: string
  old: Identity
  new: Identity
  /** The new key's: the present seq + 1. */
  seq: number
  now: number
}): Promise<KeyChangeProof> {
  const payload: KeyChangePayload = {
    v: 1,
    name: o.name,
    server: o.server,
    old_key: o.old.fingerprint,
    new_key: o.new.fingerprint,
    seq: o.seq,
    iat: o.now,
  }
  const { GeneralSign } = await import('jose/jws/general/sign')
  const jws = new GeneralSign(Buffer.from(JSON.stringify(payload)))
  for (const signer of [o.old, o.new]) {
    jws.addSignature(signer.privateKey).setProtectedHeader({
      alg: 'PS256',
      typ: 'secure-chat-key-change',
      kid: signer.fingerprint,
    })
  }
  const { payload: signed, signatures } = await jws.sign()
  return {
    payload: signed,
    signatures: signatures.map(({ protected: header = '', signature }) => ({
      protected: header,
      signature,
    })),
  }
}
