import { safetyNumber } from '@secure-chat/e2ee'
import { ChatError, parsePublicKey, parseUserName, type UserName } from '@secure-chat/protocol'
import { type Context, presentIdentity } from '../messaging/context.ts'
import { addTrustLine } from '../messaging/notices.ts'
import { sealIntoOutbox } from '../messaging/seal.ts'
import type { Trust as TrustState } from '../messaging/types.ts'
import { outcomeOf } from '../outbox/outcome.ts'
import { resealFor } from '../outbox/reseal.ts'
import type { Sender } from '../outbox/sender.ts'
import { acceptKey, type Contact, type SeenKey, trustOf } from './contact.ts'
import { knownContact, lookUp } from './look-up.ts'

/** A contact's key as the user decides about it: the changed one, while a change is open. */
export type ContactKey = {
  name: string
  fingerprint: string
  trust: TrustState
  /** 60 digits, to compare with what the other side sees. */
  safety_number: string
  /** The key that counted until now, while `trust` is `changed`. */
  pinned_fingerprint?: string
  /** The old key vouches for the changed one. */
  is_proved?: boolean
}

/** A contact as listed; `fingerprint` is null while no key of theirs is known. */
export type ContactEntry = { name: string; fingerprint: string | null; trust: TrustState }

/** `skipped`: their key changed, so nothing is made for it before the user decides. */
export type Rotated = { rotated: string[]; skipped: string[] }

/** Whose keys count: pinned at first sight, then the decision of the user. */
export type Trust = {
  list(): ContactEntry[]
  /** Looked up if nothing is known yet. @throws ChatError `no_such_user` */
  show(name: string): Promise<ContactKey>
  /** The user compared safety numbers. With `fingerprint`, only if that is the key they belong to. */
  verify(name: string, o?: { fingerprint?: string }): Promise<ContactKey>
  /** The user takes the present key as it is (`keys trust`); what waited goes out under it. */
  accept(name: string, o?: { fingerprint?: string }): Promise<ContactKey>
  /** New sending chains: to one contact, or to all there are but for those whose key changed. */
  rotate(name?: string): Promise<Rotated>
  safetyNumber(name: string): Promise<string>
}

export function makeTrust(context: Context, sender: Sender): Trust {
  const { contacts, vault, chains } = context

  async function decide(
    raw: string,
    isVerified: boolean,
    expected: string | undefined,
  ): Promise<ContactKey> {
    const name = parseUserName(raw)
    // A verification is of the key the user saw; to accept is to take the one that is there now.
    const known = await knownContact(context, name)
    if (!isVerified && expected === undefined && !known.changed) await refreshed(name)
    vault.transaction(() => {
      const contact = contacts.get(name)
      const key = contact && keyInQuestion(contact)
      if (!contact || !key) return
      if (expected !== undefined && key.fingerprint !== expected) throw changedMeanwhile(name)
      const wasVerified = contact.pin?.isVerified === true && !contact.changed
      contacts.change(name, (each) => acceptKey(each, key, isVerified || wasVerified))
      if (trustOf(contact) !== 'changed' && wasVerified) return
      if (isVerified) addTrustLine(context, name, `You verified the key of ${name}.`)
      else if (contact.changed) addTrustLine(context, name, `You accepted the new key of ${name}.`)
    })
    await resealFor(context, name)
    context.jobs.hasten(`answer-resend/${name}`)
    // Loaded where it is needed: a `send` never comes here.
    const { runJobs } = await import('../sync/run-jobs.ts')
    await runJobs(context)
    if (context.outbox.count() > 0) await sender.flush()
    return await show(name)
  }

  /** As the directory shows it now; offline, what is known has to do. */
  async function refreshed(name: UserName): Promise<Contact> {
    try {
      return await lookUp(context, name)
    } catch (error) {
      const known = contacts.get(name)
      if (known?.pin && outcomeOf(error).kind === 'offline') return known
      throw error
    }
  }

  async function show(raw: string): Promise<ContactKey> {
    const contact = await refreshed(parseUserName(raw))
    const key = keyInQuestion(contact)
    if (!key) throw new ChatError('no_such_user')
    const { changed, pin } = contact
    return {
      name: contact.name,
      fingerprint: key.fingerprint,
      trust: trustOf(contact),
      safety_number: numberFor(contact.name, key),
      ...(changed && pin
        ? { pinned_fingerprint: pin.fingerprint, is_proved: changed.isProved }
        : {}),
    }
  }

  function numberFor(name: UserName, key: SeenKey): string {
    const { self } = context
    return safetyNumber(
      { name: self.name, spki: presentIdentity(self).spki },
      { name, spki: parsePublicKey(key.pem).spki },
    )
  }

  return {
    list: () =>
      contacts.list().map((contact) => ({
        name: contact.name,
        fingerprint: keyInQuestion(contact)?.fingerprint ?? null,
        trust: trustOf(contact),
      })),
    show,
    verify: (name, { fingerprint } = {}) => decide(name, true, fingerprint),
    accept: (name, { fingerprint } = {}) => decide(name, false, fingerprint),
    async rotate(raw) {
      const names =
        raw === undefined
          ? chains
              .openSendingContacts()
              .flatMap((tag) => contacts.byTag(tag)?.name ?? [])
              .sort()
          : [parseUserName(raw)]
      const done: Rotated = { rotated: [], skipped: [] }
      for (const name of names) {
        if (raw === undefined && contacts.get(name)?.changed) {
          done.skipped.push(name)
          continue
        }
        if (raw !== undefined) await lookUp(context, name)
        await sealIntoOutbox(context, name, [], { isFresh: true, keep: () => true })
        done.rotated.push(name)
      }
      if (done.rotated.length > 0) await sender.flush()
      return done
    },
    safetyNumber: async (name) => (await show(name)).safety_number,
  }
}

function keyInQuestion({ changed, pin }: Contact): SeenKey | null {
  return changed ?? pin
}

function changedMeanwhile(name: UserName): ChatError {
  return new ChatError(
    'key_not_trusted',
    `The key of ${name} changed while you looked at it. Nothing was accepted; look again.`,
    { suggestions: [`secure-chat keys show ${name}`] },
  )
}
