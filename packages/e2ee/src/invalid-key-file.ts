import { ChatError } from '@secure-chat/protocol'

/** A file or text that holds no usable private key. */
export function invalidKeyFile(detail: string, cause?: unknown): ChatError {
  return new ChatError(
    'invalid_key_file',
    `${detail} What works: one RSA private key as PKCS#8 (encrypted or not), PKCS#1 or PKCS#12, in PEM or DER.`,
    { cause },
  )
}
