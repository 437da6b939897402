import type { Fingerprint, UserName } from '@secure-chat/protocol'
import type { Trust } from '../messaging/types.ts'

/** A public key as the directory showed it. `seq` is the number of the account's key, from 0. */
export type SeenKey = { pem: string; fingerprint: Fingerprint; seq: number; at: number }

/** All that is kept about another user. */
export type Contact = {
  name: UserName
  /** The key that counts: the first one seen, or one accepted since. */
  pin: (SeenKey & { isVerified: boolean }) | null
  /** Keys that counted before and were replaced with our consent; what they signed stays readable. */
  earlier: SeenKey[]
  /** A key the directory shows now and nobody accepted; while it stands nothing is sent. */
  changed: (SeenKey & { isProved: boolean }) | null
  /** Highest protocol version seen under each key, by fingerprint. */
  versions: Record<string, number>
  /** When we last asked to have lines sent again, and last did so for them; ms since the epoch, 0 = never. */
  askedResendAt: number
  answeredResendAt: number
}

export function newContact(name: UserName): Contact {
  return {
    name,
    pin: null,
    earlier: [],
    changed: null,
    versions: {},
    askedResendAt: 0,
    answeredResendAt: 0,
  }
}

export function trustOf(contact: Contact | undefined): Trust {
  if (!contact?.pin) return 'new'
  if (contact.changed) return 'changed'
  return contact.pin.isVerified ? 'verified' : 'pinned'
}

/** How the key in the directory relates to the pinned one, as followKeyChanges of e2ee says. */
export type KeyStep = 'first' | 'same' | 'proved' | 'unproved'

/**
 * The rules of Trust in the protocol: a first key is pinned, a change proved by the old key is accepted
 * unless the user had verified it, and any other change stops sending until the user decides.
 */
export function applySeenKey(
  contact: Contact,
  seen: SeenKey,
  step: KeyStep,
  /** Keys that came and went between the pinned one and this, each proved by the one before. */
  between: readonly SeenKey[] = [],
): Contact {
  switch (step) {
    case 'first':
      return { ...contact, pin: { ...seen, isVerified: false }, changed: null }
    case 'same':
      return { ...contact, changed: null }
    case 'proved':
      // What was sealed under a key in between while we were away is as good as what came before it.
      if (!contact.pin?.isVerified) {
        const accepted = acceptKey(contact, seen, false)
        return { ...accepted, earlier: [...accepted.earlier, ...between] }
      }
      return { ...contact, changed: { ...seen, isProved: true } }
    case 'unproved':
      return { ...contact, changed: { ...seen, isProved: false } }
  }
}

/** The user's own decision (`keys trust`, `keys verify`), or a proved change: this key counts from now on. */
export function acceptKey(contact: Contact, key: SeenKey, isVerified: boolean): Contact {
  const { pem, fingerprint, seq, at } = key
  const replaced = contact.pin && contact.pin.fingerprint !== fingerprint ? [contact.pin] : []
  return {
    ...contact,
    pin: { pem, fingerprint, seq, at, isVerified },
    earlier: [...contact.earlier, ...replaced].filter((each) => each.fingerprint !== fingerprint),
    changed: null,
  }
}
