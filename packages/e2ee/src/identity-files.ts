import { createPrivateKey } from 'node:crypto'
import { type Identity, identityOf, invalidKeyFile } from './identity.ts'

export function importIdentity(data: Uint8Array, passphrase?: string): Identity {
  try {
    const key = Buffer.from(data)
    return identityOf(
      createPrivateKey({ key, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) }),
    )
  } catch (cause) {
    throw invalidKeyFile('This is not a private key.', cause)
  }
}

export function exportIdentity(
  identity: Identity,
  o: { format: 'pkcs8' | 'pkcs12'; passphrase: string; name: string },
): Buffer {
  return Buffer.from(
    identity.privateKey.export({
      format: 'pem',
      type: 'pkcs8',
      cipher: 'aes-256-cbc',
      passphrase: o.passphrase,
    }),
  )
}
