import { ChatError, type Fingerprint, type UserName } from '@secure-chat/protocol'
import type { Deliver } from './deliver.ts'
import type { Directory, Recipient } from './directory.ts'
import { derivedId } from './message-id.ts'
import type { Delivered, RememberedAnswers } from './remembered-answers.ts'
import type { SendLimits } from './send-limits.ts'

export interface MessageToSend {
  readonly sender: UserName
  readonly recipient: UserName
  readonly message: string
  /** UUID of the sender's choice; the same again is a retry. */
  readonly id: string | undefined
  /** Fingerprint of the key it was sealed for. */
  readonly toKey: Fingerprint | undefined
  /** Of the call's proof, unique together. */
  readonly proof: { readonly sid: string; readonly nonce: string }
  readonly requestId: string
}

/**
 * Resolves when the message is durably in the recipient's mailbox.
 * Throws `rate_limited`, `id_reused`, `no_such_user`, `not_accepted`, `key_changed`, what plugins refuse with,
 * `queue_unavailable`, `database_unavailable`; then nothing is promised to be stored.
 */
export type SendMessage = (message: MessageToSend) => Promise<Delivered>

export function makeSendMessage({
  deliver,
  directory,
  limits,
  answers,
}: {
  readonly deliver: Deliver
  readonly directory: Directory
  readonly limits: SendLimits
  readonly answers: RememberedAnswers
}): SendMessage {
  function send(draft: MessageToSend, id: string): Promise<Delivered> {
    const { sender, recipient, message, toKey, requestId } = draft
    return deliver({
      type: 'CHAT_MESSAGE',
      id,
      sender,
      recipient,
      message,
      requestId,
      admit(found) {
        limits.countMessage(sender, recipient)
        if (toKey !== undefined && toKey !== found.fingerprint) {
          return refuseOldKey(directory, found, toKey)
        }
      },
    })
  }

  return async (draft) => {
    const { sender, recipient, message, id, proof } = draft
    limits.countSender(sender)
    // A derived id is as unique as the proof, whose repeat never comes this far: nothing to remember.
    if (id === undefined) return send(draft, derivedId(proof))
    const content = ['CHAT_MESSAGE', recipient, message]
    return answers.once({ sender, id, content }, () => send(draft, id))
  }
}

/** The key may have been replaced on another node a moment ago, so memory alone refuses nobody. */
async function refuseOldKey(
  directory: Directory,
  { name }: Recipient,
  toKey: Fingerprint,
): Promise<void> {
  directory.forget(name)
  const present = await directory.require(name)
  if (present.fingerprint === toKey) return
  throw new ChatError(
    'key_changed',
    `The message was sealed for a key that is not the present one of ${name}. Look up the present one.`,
  )
}
