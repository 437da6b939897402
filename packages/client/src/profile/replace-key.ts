import { generateIdentity, type Identity, signKeyChange } from '@secure-chat/e2ee'
import { ChatError, endpoints, parseUserName } from '@secure-chat/protocol'
import { systemClock } from '../clock.ts'
import type { Profile } from './open-profile.ts'
import { isUncertain } from './prepare-vault.ts'
import { openProfileRow, writeProfileRow } from './profile-row.ts'

/** Fingerprints of the key in force and of the one before; `seq` counts the changes. */
export type KeyReplaced = { fingerprint: string; old_fingerprint: string; seq: number }

/**
 * Makes a new RSA key and puts it into force with a proof by the old one; other sessions end, contacts are told. The
 * new key is in the vault before the server hears of it; after a lost answer the same call finds out and goes on.
 * @throws ChatError `bad_credentials`; `no_private_key` when the server has another key than this profile
 */
export async function replaceKey(
  profile: Profile,
  { password, signal }: { password: string; signal?: AbortSignal | undefined },
): Promise<KeyReplaced> {
  const { api, identityStore, options } = profile
  const old = profile.identity()
  const { name, serverId } = profile.row()
  const now = (options.clock ?? systemClock).now()
  const waiting = identityStore.all().find(({ state }) => state === 'pending')?.identity
  const present = await api.call(endpoints.getPublicKey, { params: { username: name } }, { signal })
  if (waiting && present.fingerprint === waiting.fingerprint) {
    return settle(profile, old, waiting, present.seq)
  }
  if (present.fingerprint !== old.fingerprint) throw replacedElsewhere(name)
  const fresh = waiting ?? (await generateIdentity(options.keyBits))
  identityStore.save(fresh, 'pending', now)
  const proof = await signKeyChange({
    name: parseUserName(name),
    server: serverId,
    old,
    new: fresh,
    seq: present.seq + 1,
    now: now + api.clockOffsetMs(),
  })
  const body = { password, 'pub-key': fresh.publicPem, proof }
  try {
    const { seq } = await api.call(endpoints.changeKey, { body }, { signal })
    return settle(profile, old, fresh, seq)
  } catch (error) {
    if (!isUncertain(error)) identityStore.dropPending()
    throw error
  }
}

function settle(
  { vault, identityStore, options }: Profile,
  old: Identity,
  fresh: Identity,
  seq: number,
) {
  const { fingerprint } = fresh
  vault.transaction(() => {
    identityStore.settle(fingerprint)
    const opened = openProfileRow(vault)
    if (opened) writeProfileRow(vault, { ...opened.row, fingerprint }, opened.secrets)
  })
  options.log?.({ event: 'key-replaced', fingerprint, seq })
  return { fingerprint, old_fingerprint: old.fingerprint, seq }
}

function replacedElsewhere(name: string): ChatError {
  return new ChatError(
    'no_private_key',
    `The key of ${name} was replaced on another device. Bring the new one from there first (there: secure-chat keys export, here: secure-chat keys import FILE), then sign in again.`,
    { suggestions: ['secure-chat keys import FILE'] },
  )
}
