import { isDowngrade, openExchange } from '@secure-chat/e2ee'
import {
  isChatError,
  parsePublicKey,
  type QueueRecord,
  readExchangeHeader,
  type UserName,
} from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import { plain } from '../messaging/line.ts'
import { addNotice } from '../messaging/notices.ts'
import type { Contact } from '../trust/contact.ts'
import { knownContact, lookUp } from '../trust/look-up.ts'
import { envelopeTag, hashOf, nothing, type Plan, planAttack, planUnopened } from './plan.ts'

type Opened = Awaited<ReturnType<typeof openExchange>>

type Options = { signal?: AbortSignal }

/** A key exchange: accepted when it is signed by a key of its sender that we know, new, and no step back. */
export async function planExchange(
  context: Context,
  sender: UserName,
  record: QueueRecord,
  options: Options,
): Promise<Plan> {
  if (!readExchangeHeader(record.message)) {
    return planUnopened(context, sender, record, {
      kid: null,
      state: 'failed',
      text: `A key exchange from ${sender} is not of a form this program understands.`,
    })
  }
  const tried = await openWithKnownKeys(context, sender, record, options)
  if (!tried) {
    return planUnopened(context, sender, record, {
      kid: null,
      state: 'waiting',
      text: `A key exchange in the name of ${sender} could not be opened: it was made for another key of yours, signed by a key that is not ${sender}'s, or changed on the way.`,
    })
  }
  const { opened, contact } = tried
  if (isDowngrade(opened.versions, contact.versions[opened.signedBy])) {
    return planAttack(
      context,
      sender,
      record,
      `Refused: ${sender} offered an older version of the encryption than before, under the same key. Somebody in between may want the weaker one.`,
    )
  }
  const isReplaced = contact.earlier.some(({ fingerprint }) => fingerprint === opened.signedBy)
  // Honest ones were made before the change and came late. The time in it is its maker's word, hence the warning on its lines.
  if (isReplaced && contact.pin && opened.iat > contact.pin.at + clockSkewMs) {
    return planAttack(
      context,
      sender,
      record,
      `Refused: a key exchange in the name of ${sender}, signed by a key that ${sender} had replaced before. Somebody else may have the old key.`,
    )
  }
  return planAccept(context, sender, record, opened, isReplaced)
}

/** Two honest clocks may differ by this much. */
const clockSkewMs = 10 * 60 * 1000

/** With what is known of the sender's keys; when that does not do, with what the directory shows now. */
async function openWithKnownKeys(
  context: Context,
  sender: UserName,
  record: QueueRecord,
  options: Options,
): Promise<{ opened: Opened; contact: Contact } | undefined> {
  try {
    const known = await knownContact(context, sender, options)
    const opened = await tryToOpen(context, sender, record, known)
    if (opened) return { opened, contact: known }
    const present = await lookUp(context, sender, options)
    if (present.pin?.fingerprint === known.pin?.fingerprint && !present.changed) return undefined
    const second = await tryToOpen(context, sender, record, present)
    return second && { opened: second, contact: present }
  } catch (error) {
    // A removed account: its key cannot be had any more. Every other failure is the network's: read again later.
    if (isChatError(error, 'no_such_user')) return undefined
    throw error
  }
}

/** Also under a key nobody accepted yet: reading goes on, with a warning on every line (see plan-message). */
async function tryToOpen(
  { self }: Context,
  sender: UserName,
  record: QueueRecord,
  contact: Contact,
): Promise<Opened | undefined> {
  const seen = [contact.pin, ...contact.earlier, contact.changed].filter((key) => key !== null)
  try {
    return await openExchange({
      encryptedKey: record.message,
      sender,
      me: { name: self.name, identities: self.identities() },
      senderKeys: seen.map(({ pem }) => parsePublicKey(pem)),
    })
  } catch (error) {
    if (isChatError(error, 'undecryptable')) return undefined
    throw error
  }
}

function planAccept(
  context: Context,
  sender: UserName,
  record: QueueRecord,
  { receiving, signedBy, versions, prev }: Opened,
  isReplaced: boolean,
): Plan {
  const { chains, contacts, envelopes, lines } = context
  const tag = contacts.tagOf(sender)
  const exchangeHash = hashOf(record.message)
  const present = chains.receiving(tag, receiving.kid)
  if (present?.record.exchangeHash === exchangeHash) return nothing
  if (present) {
    return planAttack(
      context,
      sender,
      record,
      `Attack: a second, different key exchange in the name of ${sender} claims the number of an earlier one. It was refused.`,
    )
  }
  return () => {
    if (chains.receiving(tag, receiving.kid)) return false
    const isPrevMissing =
      prev !== null && chains.countReceiving(tag) > 0 && !chains.receiving(tag, prev)
    chains.addReceiving(tag, {
      chain: receiving,
      signedBy,
      exchangeHash,
      gapLines: [],
      ...(isReplaced && { isReplacedKey: true }),
    })
    contacts.change(sender, (contact) => ({
      ...contact,
      versions: {
        ...contact.versions,
        [signedBy]: Math.max(contact.versions[signedBy] ?? 0, ...versions),
      },
    }))
    if (isPrevMissing) {
      addNotice(
        context,
        sender,
        `A key exchange of ${sender} before this one has not come, so messages under it may be missing.`,
      )
    }
    const kept = envelopeTag(context, record)
    envelopes.remove(kept)
    lines.change(kept, (line) => ({
      ...line,
      state: 'received',
      text: `A key exchange of ${sender} that could not be opened at first.`,
      notices: [...line.notices, plain('It was opened later.')],
    }))
    return true
  }
}
