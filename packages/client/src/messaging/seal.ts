import { isWornOut, sealExchange, sealMessage } from '@secure-chat/e2ee'
import { errorTable, isChatError, parsePublicKey, type UserName } from '@secure-chat/protocol'
import { type Content, exchangeNumber } from '../outbox/outbox-store.ts'
import type { Contact } from '../trust/contact.ts'
import { keyNotTrusted } from '../trust/key-not-trusted.ts'
import { knownContact, lookUp } from '../trust/look-up.ts'
import type { SendingRecord } from './chain-store.ts'
import { type Context, presentIdentity } from './context.ts'

export type SealOptions = {
  /** A new chain even if the present one would do. */
  isFresh?: boolean
  /** Ids of contents that were sealed before, under a key that no longer counts. */
  sealedBefore?: ReadonlySet<string>
  signal?: AbortSignal
  /** Runs inside the transaction, before anything is written; false calls the whole off. */
  keep(): boolean
}

/** A stretch of messages under one kid, sealed and not yet kept. */
type Stretch = {
  before: SendingRecord
  after: SendingRecord
  /** Set when the chain is new. */
  encryptedKey: string | null
  sealed: { content: Content; envelope: string; n: number; tells: number[] }[]
}

/**
 * Encrypts messages to one contact and puts them into the outbox. Sealing happens outside the transaction
 * (it is asynchronous), but counts only if, inside one BEGIN IMMEDIATE, the chain still stands where it was
 * sealed from: then n is taken, the chain stepped and the ciphertext kept together, or nothing is.
 * What loses that race never leaves this function, so no (kid, n) is ever given away twice.
 *
 * @returns false when `keep` called it off
 * @throws ChatError `key_not_trusted`, `no_such_user`, `too_large`, and those of a look-up over the network
 */
export async function sealIntoOutbox(
  context: Context,
  to: UserName,
  contents: readonly Content[],
  options: SealOptions,
): Promise<boolean> {
  for (;;) {
    const known = await knownContact(context, to, options)
    const contact = known.changed ? await seenAgain(context, known, options) : known
    if (contact.changed) throw keyNotTrusted(contact)
    const newest = context.chains.newestSending(context.contacts.tagOf(to))
    const stretches = await sealAll(context, contact, contents, options.isFresh ?? false)
    const result = context.vault.transaction(() => {
      const now = context.contacts.get(to)
      if (now?.changed || now?.pin?.fingerprint !== contact.pin?.fingerprint) return 'stale'
      const present = context.chains.newestSending(context.contacts.tagOf(to))
      const isSame =
        present?.record.chain.kid === newest?.record.chain.kid &&
        present?.record.chain.n === newest?.record.chain.n &&
        present?.state === newest?.state
      if (!isSame) return 'stale'
      if (!options.keep()) return 'off'
      for (const stretch of stretches) keepStretch(context, contact, stretch, options)
      return 'kept'
    })
    if (result !== 'stale') return result === 'kept'
  }
}

async function sealAll(
  context: Context,
  contact: Contact,
  contents: readonly Content[],
  isFresh: boolean,
): Promise<Stretch[]> {
  const stretches: Stretch[] = []
  const left = [...contents]
  let previous = context.chains.newestSending(context.contacts.tagOf(contact.name))
  const isReusable =
    !isFresh &&
    previous !== undefined &&
    previous.state !== 'closed' &&
    isUsable(context, contact, previous.record)
  let stretch: Stretch =
    isReusable && previous
      ? { before: previous.record, after: previous.record, encryptedKey: null, sealed: [] }
      : await newStretch(context, contact, previous?.record.chain.kid ?? null)
  stretches.push(stretch)
  for (let content = left.shift(); content; content = left.shift()) {
    if (isWornOut(stretch.after.chain, context.clock.now())) {
      stretch = await newStretch(context, contact, stretch.after.chain.kid)
      stretches.push(stretch)
      previous = undefined
    }
    const tells = stretch.after.refused
    const { chain, message, n } = await sealMessage(stretch.after.chain, {
      ...content,
      void: tells,
    })
    stretch.sealed.push({ content, envelope: message, n, tells })
    stretch.after = { ...stretch.after, chain, refused: [] }
  }
  return stretches
}

/** Made at this login, between the keys that count now, not worn out. */
function isUsable({ self, clock }: Context, contact: Contact, record: SendingRecord): boolean {
  const { chain, sessionId } = record
  return (
    sessionId === self.sessionId &&
    chain.toKey === contact.pin?.fingerprint &&
    chain.fromKey === presentIdentity(self).fingerprint &&
    !isWornOut(chain, clock.now())
  )
}

async function newStretch(
  context: Context,
  contact: Contact,
  prev: string | null,
): Promise<Stretch> {
  const { self, clock } = context
  if (!contact.pin) throw keyNotTrusted(contact)
  const { encryptedKey, sending } = await sealExchange({
    me: { name: self.name, identity: presentIdentity(self) },
    peer: { name: contact.name, key: parsePublicKey(contact.pin.pem) },
    prev,
    now: clock.now(),
  })
  const record: SendingRecord = { chain: sending, sessionId: self.sessionId, refused: [] }
  return { before: record, after: record, encryptedKey, sealed: [] }
}

function keepStretch(
  context: Context,
  contact: Contact,
  { before, after, encryptedKey, sealed }: Stretch,
  { sealedBefore }: SealOptions,
): void {
  const { chains, outbox, contacts, newId } = context
  const tag = contacts.tagOf(contact.name)
  const { kid, toKey } = after.chain
  const waiting = { to: contact.name, toKey, reason: null }
  if (encryptedKey !== null) {
    chains.addSending(tag, after)
    outbox.add({
      id: newId(),
      contact: tag,
      kid,
      n: exchangeNumber,
      waiting: {
        ...waiting,
        envelope: encryptedKey,
        content: null,
        tells: [],
        isResealed: false,
      },
    })
  } else {
    // The outbox may have added refused numbers while we sealed; those are still to be told.
    chains.changeSending(kid, (stored) => ({
      ...after,
      refused: stored.refused.filter((n) => !before.refused.includes(n)),
    }))
  }
  for (const { content, envelope, n, tells } of sealed) {
    const isResealed = sealedBefore?.has(content.id) ?? false
    outbox.add({
      id: content.id,
      contact: tag,
      kid,
      n,
      waiting: { ...waiting, envelope, content, tells, isResealed },
    })
  }
}

/** A change may have been taken back, or proved, since it was seen. Without the network what was seen stands. */
async function seenAgain(
  context: Context,
  known: Contact,
  options: { signal?: AbortSignal },
): Promise<Contact> {
  try {
    return await lookUp(context, known.name, options)
  } catch (error) {
    if (isChatError(error) && error.exit === errorTable.network_unreachable.exit) return known
    throw error
  }
}
