import { chmodSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { jest } from '@jest/globals'
import { exportIdentity, type Identity } from '@secure-chat/e2ee'
import { endpoints } from '@secure-chat/protocol'
import { startTestServer } from '@secure-chat/server/testing'
import { changePassword } from '../../src/profile/account-changes.ts'
import { exportProfileKey } from '../../src/profile/export-key.ts'
import { importProfileKey } from '../../src/profile/import-key.ts'
import { openProfile } from '../../src/profile/open-profile.ts'
import type { ProfileOptions } from '../../src/profile/options.ts'
import { registerAccount } from '../../src/profile/register.ts'
import { replaceKey } from '../../src/profile/replace-key.ts'
import { signIn } from '../../src/profile/sign-in.ts'
import { signOut } from '../../src/profile/sign-out.ts'
import { profileState, readWhoami } from '../../src/profile/state.ts'
import { vaultPath } from '../../src/vault/vault.ts'
import { errorOf } from '../fixtures/folders.ts'
import { chatServer, faultyTransport, password } from '../fixtures/people.ts'
import { readyIdentity } from '../support/ready-keys.ts'

jest.setTimeout(60_000)
const chat = chatServer()
const ownKey = await readyIdentity()
let count = 0

/** An account of its own, signed in. */
async function someone(more: Partial<ProfileOptions> = {}) {
  count += 1
  const name = `user-${count}`
  const options = chat.profile(more)
  const made = await registerAccount(options, { name, password, identity: ownKey })
  return { name, options, fingerprint: made.fingerprint }
}

async function keyOf(options: ProfileOptions): Promise<Identity> {
  const profile = await openProfile(options)
  const identity = profile.identity()
  profile.close()
  return identity
}

describe('the vault key between sign-in and sign-out', () => {
  test('is kept in the runtime folder, private, and gone at sign-out', async () => {
    const { name, options } = await someone()
    const [file = ''] = readdirSync(options.runtimeDir ?? '')
    expect(statSync(join(options.runtimeDir ?? '', file)).mode & 0o777).toBe(0o600)
    expect(statSync(options.runtimeDir ?? '').mode & 0o777).toBe(0o700)
    expect(await signOut(options)).toEqual({ ended: true })
    expect(readdirSync(options.runtimeDir ?? '')).toEqual([])
    expect(profileState(options)).toBe('signed-out')
    await expect(openProfile(options)).rejects.toMatchObject({
      code: 'not_signed_in',
      suggestions: [`secure-chat login ${name}`],
    })
    await signIn(options, { name, password })
    expect(profileState(options)).toBe('ready')
  })

  test('is not kept where there is no place, so the passphrase opens it each time', async () => {
    const { options, name } = await someone({ runtimeDir: undefined })
    const signedIn = await signIn(options, { name, password })
    expect(signedIn.kept).toBe(false)
    expect(profileState(options)).toBe('locked')
    await expect(openProfile(options)).rejects.toMatchObject({ code: 'vault_locked' })
    await expect(openProfile(options, { passphrase: 'wrong' })).rejects.toMatchObject({
      code: 'wrong_passphrase',
    })
    const profile = await openProfile(options, { passphrase: password })
    await profile.api.call(endpoints.listSessions)
    profile.close()
  })

  test('is kept beside the data with remember, and nowhere else', async () => {
    const { options, name } = await someone()
    await signIn(options, { name, password, remember: true })
    expect(readdirSync(options.runtimeDir ?? '')).toEqual([])
    expect(readdirSync(options.dir)).toContain('vault.key')
    expect(profileState({ ...options, runtimeDir: undefined })).toBe('ready')
    await signOut(options)
    expect(readdirSync(options.dir)).not.toContain('vault.key')
  })

  test('is refused when others can read it', async () => {
    const { options } = await someone()
    const [file = ''] = readdirSync(options.runtimeDir ?? '')
    chmodSync(join(options.runtimeDir ?? '', file), 0o644)
    await expect(openProfile(options)).rejects.toMatchObject({ code: 'unsafe_permissions' })
  })
})

describe('the passphrase', () => {
  test('is the password; after a change elsewhere the old one is asked for once', async () => {
    const { options, name, fingerprint } = await someone()
    const elsewhere = chat.profile()
    const identity = await keyOf(options)
    await signIn(elsewhere, { name, password, identity })
    const profile = await openProfile(elsewhere)
    await changePassword(profile, { password, newPassword: 'brand new password' })
    profile.close()
    rmSync(options.runtimeDir ?? '', { recursive: true })
    const error = await errorOf(() => signIn(options, { name, password: 'brand new password' }))
    expect(error).toMatchObject({ code: 'wrong_passphrase' })
    expect(error.message).toContain('changed on another device')
    await signIn(options, { name, password: 'brand new password', passphrase: password })
    await signOut(options)
    await signIn(options, { name, password: 'brand new password' })
    expect(readWhoami(options).fingerprint).toBe(fingerprint)
  })

  test('follows a password changed elsewhere by itself while the key is still kept', async () => {
    const { options, name } = await someone()
    const elsewhere = chat.profile()
    await signIn(elsewhere, { name, password, identity: await keyOf(options) })
    const profile = await openProfile(elsewhere)
    await changePassword(profile, { password, newPassword: 'brand new password' })
    profile.close()
    await signIn(options, { name, password: 'brand new password' })
    rmSync(options.runtimeDir ?? '', { recursive: true })
    await (await openProfile(options, { passphrase: 'brand new password' })).close()
  })

  test('of its own is not the password, and stays when that changes', async () => {
    const options = chat.profile({ runtimeDir: undefined })
    await registerAccount(options, { name: 'own-phrase', password, passphrase: 'my vault phrase' })
    await expect(openProfile(options, { passphrase: password })).rejects.toMatchObject({
      code: 'wrong_passphrase',
    })
    const profile = await openProfile(options, { passphrase: 'my vault phrase' })
    await changePassword(profile, { password, newPassword: 'brand new password' })
    profile.close()
    await expect(
      signIn(options, { name: 'own-phrase', password: 'brand new password' }),
    ).rejects.toMatchObject({ code: 'vault_locked' })
    await signIn(options, {
      name: 'own-phrase',
      password: 'brand new password',
      passphrase: 'my vault phrase',
    })
    await (await openProfile(options, { passphrase: 'my vault phrase' })).close()
  })

  test('of both kinds opens the vault after a password change whose answer was lost', async () => {
    const { options, name } = await someone({ runtimeDir: undefined })
    for (const fault of ['before', 'after'] as const) {
      const transport = faultyTransport(({ target }) =>
        target.endsWith('/password') ? fault : undefined,
      )
      const profile = await openProfile({ ...options, transport }, { passphrase: password })
      const change = changePassword(profile, { password, newPassword: `new after ${fault}` })
      await expect(change).rejects.toMatchObject({ code: 'network_unreachable' })
      profile.close()
      await (await openProfile(options, { passphrase: password })).close()
      await (await openProfile(options, { passphrase: `new after ${fault}` })).close()
    }
    await signIn(options, { name, password: 'new after after' })
    await expect(openProfile(options, { passphrase: password })).rejects.toMatchObject({
      code: 'wrong_passphrase',
    })
  })

  test('stays the old one when the server refuses the new one', async () => {
    const { options } = await someone({ runtimeDir: undefined })
    const profile = await openProfile(options, { passphrase: password })
    await expect(
      changePassword(profile, { password, newPassword: 'password' }),
    ).rejects.toMatchObject({ code: 'weak_password' })
    profile.close()
    await expect(openProfile(options, { passphrase: 'password' })).rejects.toMatchObject({
      code: 'wrong_passphrase',
    })
  })
})

describe('the private key', () => {
  test('is missing on a new device: says how to bring it, asks no server, makes nothing', async () => {
    const { name } = await someone()
    const fresh = chat.profile({ transport: faultyTransport(() => 'before') })
    const error = await errorOf(() => signIn(fresh, { name, password }))
    expect(error).toMatchObject({ code: 'no_private_key', exit: 4 })
    expect(error.message).toContain('keys import')
    expect(error.message).toContain(`login ${name} --recover`)
    expect(profileState(fresh)).toBe('empty')
  })

  test('comes with a file, then a plain sign-in takes it up', async () => {
    const { name, options, fingerprint } = await someone()
    const identity = await keyOf(options)
    const file = exportIdentity(identity, { format: 'pkcs8', passphrase: 'of the file', name })
    const fresh = chat.profile()
    await expect(
      importProfileKey(fresh, { file, filePassphrase: 'wrong', password }),
    ).rejects.toMatchObject({ code: 'wrong_passphrase' })
    const imported = await importProfileKey(fresh, {
      file,
      filePassphrase: 'of the file',
      password,
    })
    expect(imported.fingerprint).toBe(fingerprint)
    await signIn(fresh, { name, password })
    expect(readWhoami(fresh)).toMatchObject({ name, fingerprint })
  })

  test('brought into a profile that still thinks itself signed in is taken up by the next sign-in', async () => {
    const { name, options } = await someone()
    const elsewhere = chat.profile()
    await signIn(elsewhere, { name, password, identity: await keyOf(options) })
    const profile = await openProfile(elsewhere)
    const { fingerprint } = await replaceKey(profile, { password })
    const file = exportProfileKey(profile, { format: 'pkcs12', passphrase: 'of the file' })
    profile.close()
    await importProfileKey(options, { file, filePassphrase: 'of the file', password })
    await signIn(options, { name, password })
    expect(readWhoami(options).fingerprint).toBe(fingerprint)
  })

  test('of somebody else is not taken into a signed-in profile, an earlier one is', async () => {
    const { options, fingerprint } = await someone()
    const asFile = (identity: Identity) => ({
      file: exportIdentity(identity, { format: 'pkcs8', passphrase: 'f', name: 'x' }),
      filePassphrase: 'f',
      password,
    })
    const stranger = asFile(await readyIdentity())
    await expect(importProfileKey(options, stranger)).rejects.toMatchObject({ code: 'usage' })
    const profile = await openProfile(options)
    expect(profile.identities()).toHaveLength(1)
    await replaceKey(profile, { password })
    profile.close()
    const earlier = await importProfileKey(options, asFile(ownKey))
    expect(earlier).toEqual({ fingerprint, standing: 'earlier' })
  })

  test('brought before the registration is the one registered', async () => {
    const options = chat.profile()
    const file = exportIdentity(ownKey, { format: 'pkcs8', passphrase: 'f', name: 'x' })
    await importProfileKey(options, { file, filePassphrase: 'f', password })
    const made = await registerAccount(options, { name: 'own-file', password })
    expect(made.fingerprint).toBe(ownKey.fingerprint)
  })

  test('of somebody else opens no session, and a mistyped password does not stay', async () => {
    const { name, options } = await someone()
    const fresh = chat.profile()
    const stranger = await readyIdentity()
    await expect(signIn(fresh, { name, password, identity: stranger })).rejects.toMatchObject({
      code: 'no_private_key',
    })
    const identity = await keyOf(options)
    await expect(
      signIn(fresh, { name, password: 'mistyped password', identity }),
    ).rejects.toMatchObject({ code: 'bad_credentials' })
    await signIn(fresh, { name, password, identity })
    expect(profileState(fresh)).toBe('ready')
  })

  test('replaced on another device is missing here until it is brought', async () => {
    const { name, options } = await someone()
    const elsewhere = chat.profile()
    await signIn(elsewhere, { name, password, identity: await keyOf(options) })
    const profile = await openProfile(elsewhere)
    const { fingerprint } = await replaceKey(profile, { password })
    const fresh = profile.identity()
    profile.close()
    const error = await errorOf(() => signIn(options, { name, password }))
    expect(error).toMatchObject({ code: 'no_private_key' })
    expect(error.message).toContain('replaced on another device')
    await signIn(options, { name, password, identity: fresh })
    expect(readWhoami(options).fingerprint).toBe(fingerprint)
    const opened = await openProfile(options)
    expect(opened.identities()).toHaveLength(2)
    opened.close()
  })

  test('that is lost gives way to a new one, and the old one is kept for reading', async () => {
    const { name, options, fingerprint } = await someone()
    const fresh = chat.profile()
    const signedIn = await signIn(fresh, { name, password, recover: true })
    expect(signedIn.fingerprint).not.toBe(fingerprint)
    const again = await signIn(options, { name, password, recover: true })
    const profile = await openProfile(options)
    const states = profile.identityStore
      .all()
      .map(({ identity, state }) => [identity.fingerprint, state])
    expect(states).toEqual([
      [again.fingerprint, 'present'],
      [fingerprint, 'replaced'],
    ])
    profile.close()
  })

  test('made in a recovery whose answer was lost is not lost with it', async () => {
    const { name } = await someone()
    const fresh = chat.profile()
    const transport = faultyTransport(({ target }) =>
      target.endsWith('/recover') ? 'after' : undefined,
    )
    const lost = signIn({ ...fresh, transport }, { name, password, recover: true })
    await expect(lost).rejects.toMatchObject({ code: 'network_unreachable' })
    await signIn(fresh, { name, password })
    expect(profileState(fresh)).toBe('ready')
  })

  test('that was replaced and comes back is refused: the server may work with a stolen key', async () => {
    const { name, options } = await someone()
    const profile = await openProfile(options)
    const stolen = profile.identity()
    await replaceKey(profile, { password })
    profile.close()
    // Whoever has password and old key sets it again, as a server restored from a backup would.
    const fallback = chat.profile()
    await signIn(fallback, { name, password, identity: stolen, recover: true })
    expect(readWhoami(fallback).fingerprint).toBe(stolen.fingerprint)
    const error = await errorOf(() => signIn(options, { name, password }))
    expect(error).toMatchObject({ code: 'key_not_trusted', exit: 5 })
  })
})

test('tells a wrong password only after the vault opened, and keeps the profile', async () => {
  const { name, options } = await someone()
  await expect(signIn(options, { name, password: 'wrong password' })).rejects.toMatchObject({
    code: 'bad_credentials',
  })
  expect(profileState(options)).toBe('ready')
  await signOut(options)
  await expect(signIn(options, { name, password: 'wrong password' })).rejects.toMatchObject({
    code: 'wrong_passphrase',
  })
})

test('looks into a profile that is not there without making it', async () => {
  const options = chat.profile()
  await expect(openProfile(options)).rejects.toMatchObject({ code: 'not_signed_in' })
  expect(existsSync(options.dir)).toBe(false)
})

test('refuses another name in a profile that belongs to somebody', async () => {
  const { options } = await someone()
  const error = await errorOf(() => signIn(options, { name: 'mallory', password }))
  expect(error).toMatchObject({
    code: 'usage',
    suggestions: ['secure-chat login mallory --profile mallory'],
  })
})

describe('the server of a profile', () => {
  test('may move: another address of the same server_id is taken over at sign-in', async () => {
    const { name, options } = await someone()
    const moved = chat.url().replace('127.0.0.1', 'localhost')
    await expect(openProfile({ ...options, server: moved })).rejects.toMatchObject({
      code: 'config_invalid',
    })
    await signIn({ ...options, server: moved }, { name, password })
    expect(readWhoami(options).server).toBe(moved)
    await (await openProfile({ ...options, server: undefined })).close()
  })

  test('may not become another one, which never sees the password', async () => {
    const { name, options } = await someone()
    const other = await startTestServer()
    try {
      const error = await errorOf(() =>
        signIn({ ...options, server: other.url }, { name, password }),
      )
      expect(error).toMatchObject({ code: 'config_invalid' })
      expect(error.message).toContain('Nothing was sent to it')
      expect(other.logLines.join('\n')).not.toContain('/login')
      expect(readWhoami(options).server).toBe(chat.url())
    } finally {
      await other.close()
    }
  })

  test('cannot be changed by editing the file', async () => {
    const { name, options } = await someone()
    const editor = new DatabaseSync(vaultPath(options.dir))
    editor.exec("UPDATE profile SET server = 'http://127.0.0.1:9'")
    editor.close()
    const damaged = { code: 'file_damaged' }
    await expect(openProfile(options)).rejects.toMatchObject(damaged)
    await expect(
      signIn({ ...options, server: undefined }, { name, password }),
    ).rejects.toMatchObject(damaged)
  })
})

test('logs no secret, and neither does the server', async () => {
  const events: object[] = []
  const { options, name } = await someone({ log: (event) => events.push(event) })
  const profile = await openProfile(options)
  const secret = profile.vault.exportKey().key
  await replaceKey(profile, { password })
  profile.close()
  await signOut(options)
  await signIn(options, { name, password })
  const text = JSON.stringify(events) + chat.log().join('\n')
  expect(events.length).toBeGreaterThan(3)
  expect(text).not.toContain(password)
  expect(text).not.toContain('PRIVATE KEY')
  for (const form of ['hex', 'base64', 'base64url'] as const) {
    expect(text).not.toContain(Buffer.from(secret).toString(form))
  }
})
