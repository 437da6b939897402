import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'

export type SigningKey = { readonly key: KeyObject; readonly publicPem: string }

/** @throws Error that says what is wrong with the file and how to make one */
export function readSigningKey(path: string): SigningKey {
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new Error(`signingKeyFile ${path} can be read by others: chmod 600 ${path}`)
  }
  const key = privateKeyIn(path)
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new Error(`signingKeyFile ${path} holds no Ed25519 key. ${howToMake(path)}`)
  }
  const publicPem = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  return { key, publicPem }
}

function privateKeyIn(path: string): KeyObject {
  const pem = readFileSync(path)
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    throw new Error(`signingKeyFile ${path} holds no private key. ${howToMake(path)}`, { cause })
  }
}

function howToMake(path: string): string {
  return `Make one: openssl genpkey -algorithm ed25519 -out ${path}`
}
