import {
  ChatError,
  type Fingerprint,
  readExchangeHeader,
  type UserName,
} from '@secure-chat/protocol'
import type { UserStore } from '../../ports/index.ts'
import type { Contacts } from './contacts.ts'
import type { Deliver } from './deliver.ts'
import type { Directory, Recipient } from './directory.ts'
import { derivedId } from './message-id.ts'
import type { Delivered, RememberedAnswers } from './remembered-answers.ts'
import type { SendLimits } from './send-limits.ts'

export interface ExchangeToPass {
  readonly sender: UserName
  readonly recipient: UserName
  /** Compact JWE for the recipient's present key. */
  readonly encryptedKey: string
  readonly id: string | undefined
  readonly proof: { readonly sid: string; readonly nonce: string }
  readonly requestId: string
}

/**
 * Passes a key exchange on and keeps the two as contacts.
 * Throws what sending a message throws, and `invalid_request` for what is no exchange for this user.
 */
export type ExchangeKeys = (exchange: ExchangeToPass) => Promise<Delivered>

export function makeExchangeKeys({
  deliver,
  directory,
  users,
  contacts,
  limits,
  answers,
}: {
  readonly deliver: Deliver
  readonly directory: Directory
  readonly users: Pick<UserStore, 'hadKey'>
  readonly contacts: Contacts
  readonly limits: SendLimits
  readonly answers: RememberedAnswers
}): ExchangeKeys {
  async function pass(exchange: ExchangeToPass, kid: Fingerprint, id: string): Promise<Delivered> {
    const { sender, recipient, encryptedKey, requestId } = exchange
    const delivered = await deliver({
      type: 'KEY_EXCHANGE',
      id,
      sender,
      recipient,
      message: encryptedKey,
      requestId,
      admit(found) {
        limits.countExchange(sender, recipient)
        if (kid !== found.fingerprint) return refuseKid(found, kid)
      },
    })
    // Should this fail, the sender tries again and the recipient drops the repeat: the pair is never lost.
    await contacts.touch(sender, recipient)
    return delivered
  }

  async function refuseKid({ name }: Recipient, kid: Fingerprint): Promise<void> {
    directory.forget(name)
    const present = await directory.require(name)
    if (present.fingerprint === kid) return
    if (await users.hadKey(name, kid)) {
      throw new ChatError(
        'key_changed',
        `${name} has replaced the key that this exchange is sealed for. Look up the present one.`,
      )
    }
    throw notAnExchange(`its kid is no key of ${name}`)
  }

  return async (exchange) => {
    const { sender, recipient, encryptedKey, id, proof } = exchange
    limits.countSender(sender)
    const header = readExchangeHeader(encryptedKey)
    if (header === undefined) {
      throw notAnExchange('it is not a compact JWE of RSA-OAEP-256 and A256GCM')
    }
    if (id === undefined) return pass(exchange, header.kid, derivedId(proof))
    const content = ['KEY_EXCHANGE', recipient, encryptedKey]
    return answers.once({ sender, id, content }, () => pass(exchange, header.kid, id))
  }
}

function notAnExchange(why: string): ChatError {
  const detail = `encrypted_key cannot be passed on: ${why}.`
  return new ChatError('invalid_request', detail, {
    errors: [{ pointer: '#/encrypted_key', detail }],
  })
}
