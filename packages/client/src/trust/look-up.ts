import { followKeyChanges, type PublicKeyChange } from '@secure-chat/e2ee'
import { ChatError, endpoints, parsePublicKey, type UserName } from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import type { KeyChange } from '../messaging/line.ts'
import { addTrustLine } from '../messaging/notices.ts'
import {
  applySeenKey,
  type Contact,
  type KeyStep,
  newContact,
  type SeenKey,
  trustOf,
} from './contact.ts'

/** Asks the directory for a contact's present key, judges it by the pinned one and keeps the result. */
export async function lookUp(
  context: Context,
  name: UserName,
  options: { signal?: AbortSignal } = {},
): Promise<Contact> {
  const shown = await directoryKey(context, name, options)
  for (;;) {
    const before = context.contacts.get(name) ?? newContact(name)
    const step = await stepFrom(context, before, shown)
    const after = context.vault.transaction(() => keepStep(context, before, shown, step))
    if (after) return after
  }
}

/** The contact, looked up first if nothing is known of its key. */
export async function knownContact(
  context: Context,
  name: UserName,
  options: { signal?: AbortSignal } = {},
): Promise<Contact> {
  const contact = context.contacts.get(name)
  return contact?.pin ? contact : await lookUp(context, name, options)
}

type ShownKey = { key: SeenKey; changes: PublicKeyChange[] }

async function directoryKey(
  { api, clock }: Context,
  name: UserName,
  options: { signal?: AbortSignal },
): Promise<ShownKey> {
  const answer = await api.call(endpoints.getPublicKey, { params: { username: name } }, options)
  const { pem, fingerprint } = parsePublicKey(answer['public-key'])
  // The fingerprint beside the key proves nothing, but one that contradicts it shows a broken or lying server.
  if (answer.name !== name || answer.fingerprint !== fingerprint) {
    throw new ChatError(
      'bad_answer',
      `The server's answer about the key of ${name} contradicts itself, so it is not used.`,
    )
  }
  const changes = answer.changes.map(({ new_public_key: newKey, ...change }) =>
    newKey === undefined ? change : { ...change, new_public_key: newKey },
  )
  return { key: { pem, fingerprint, seq: answer.seq, at: clock.now() }, changes }
}

async function stepFrom(context: Context, contact: Contact, shown: ShownKey): Promise<KeyStep> {
  const { pin } = contact
  if (!pin) return 'first'
  return await followKeyChanges({
    name: contact.name,
    server: context.self.serverId,
    pinned: parsePublicKey(pin.pem),
    pinnedSeq: pin.seq,
    present: parsePublicKey(shown.key.pem),
    changes: shown.changes,
    knownKeys: contact.changed ? [parsePublicKey(contact.changed.pem)] : [],
  })
}

/** The keys of a proved chain after the pinned one and before the present one, in order. */
function keysBetween({ pin }: Contact, { key, changes }: ShownKey): SeenKey[] {
  const between: SeenKey[] = []
  let current: string | undefined = pin?.fingerprint
  for (const change of changes) {
    if (change.old_key !== current || change.new_key === key.fingerprint) continue
    if (change.new_public_key === undefined) continue
    const { pem, fingerprint } = parsePublicKey(change.new_public_key)
    if (fingerprint !== change.new_key) continue
    between.push({ pem, fingerprint, seq: change.seq, at: key.at })
    current = fingerprint
  }
  return between
}

/** Undefined when another process changed the contact meanwhile. */
function keepStep(
  context: Context,
  before: Contact,
  shown: ShownKey,
  step: KeyStep,
): Contact | undefined {
  const { contacts } = context
  const present = contacts.get(before.name)
  if (present?.pin?.fingerprint !== before.pin?.fingerprint) return undefined
  const between = step === 'proved' ? keysBetween(before, shown) : []
  const after = applySeenKey(present ?? before, shown.key, step, between)
  const isNews =
    after.pin?.fingerprint !== present?.pin?.fingerprint ||
    after.changed?.fingerprint !== present?.changed?.fingerprint ||
    after.changed?.isProved !== present?.changed?.isProved
  if (!isNews) return after
  contacts.change(before.name, () => after)
  const text = sentence(present, after)
  if (text !== undefined) addTrustLine(context, before.name, text, keyChange(present, after))
  return after
}

/** Null when the server shows the known key again. */
function keyChange(before: Contact | undefined, after: Contact): KeyChange | null {
  if (after.changed) return after.changed.isProved ? 'key_proved' : 'key_unproved'
  return before?.pin?.fingerprint === after.pin?.fingerprint ? null : 'key_proved'
}

function sentence(before: Contact | undefined, after: Contact): string | undefined {
  const { name } = after
  if (!before?.pin) return undefined
  if (trustOf(after) !== 'changed') {
    return before.pin.fingerprint === after.pin?.fingerprint
      ? `The server shows the known key of ${name} again. It showed another one for a while.`
      : `${name} has a new key; the old key vouches for it, so it is used from now on.`
  }
  if (after.changed?.isProved) {
    return `${name}, whom you verified, has a new key. The old key vouches for it; nothing is sent until you compare safety numbers again (keys verify ${name}).`
  }
  return `The key of ${name} has changed and nothing proves that ${name} did it: perhaps a new device after a loss, perhaps somebody in between. Nothing is sent until you decide: compare safety numbers (keys verify ${name}), or take the new key as it is (keys trust ${name}).`
}
