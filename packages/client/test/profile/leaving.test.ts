import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { endpoints } from '@secure-chat/protocol'
import { removeAccount } from '../../src/profile/account-changes.ts'
import { exportProfileKey } from '../../src/profile/export-key.ts'
import { openProfile } from '../../src/profile/open-profile.ts'
import type { ProfileOptions } from '../../src/profile/options.ts'
import { registerAccount } from '../../src/profile/register.ts'
import { replaceKey } from '../../src/profile/replace-key.ts'
import { signIn } from '../../src/profile/sign-in.ts'
import { signOut } from '../../src/profile/sign-out.ts'
import { profileState } from '../../src/profile/state.ts'
import { errorOf } from '../fixtures/folders.ts'
import { chatServer, faultyTransport, password } from '../fixtures/people.ts'
import { readyIdentity } from '../support/ready-keys.ts'

jest.setTimeout(60_000)
const chat = chatServer()
const ownKey = await readyIdentity()
let count = 0

async function someone(more: Partial<ProfileOptions> = {}) {
  count += 1
  const name = `user-${count}`
  const options = chat.profile(more)
  await registerAccount(options, { name, password, identity: ownKey })
  return { name, options }
}

describe('signing out', () => {
  test('ends the session at the server at once', async () => {
    const { options } = await someone()
    const profile = await openProfile(options)
    expect(await signOut(options)).toEqual({ ended: true })
    await expect(profile.api.call(endpoints.listSessions)).rejects.toMatchObject({
      code: 'token_invalid',
    })
    profile.close()
    expect(profileState(options)).toBe('signed-out')
  })

  test('offline locks all the same, and says that the session lives on', async () => {
    const { options } = await someone()
    const offline = { ...options, transport: faultyTransport(() => 'before') }
    expect(await signOut(offline)).toMatchObject({
      ended: false,
      problem: { code: 'network_unreachable' },
    })
    expect(profileState(options)).toBe('signed-out')
    expect(readdirSync(options.runtimeDir ?? '')).toEqual([])
  })

  test('from a locked profile needs the passphrase to end the session', async () => {
    const { options } = await someone({ runtimeDir: undefined })
    expect(await signOut(options)).toMatchObject({
      ended: false,
      problem: { code: 'vault_locked' },
    })
    expect(await signOut(options, { passphrase: password })).toEqual({ ended: true })
  })

  test('everywhere ends the sessions of other devices too', async () => {
    const { name, options } = await someone()
    const other = chat.profile()
    await signIn(other, { name, password, identity: ownKey })
    const elsewhere = await openProfile(other)
    await elsewhere.api.call(endpoints.listSessions)
    expect(await signOut(options, { all: true })).toEqual({ ended: true })
    await expect(elsewhere.api.call(endpoints.listSessions)).rejects.toMatchObject({
      code: 'token_invalid',
    })
    elsewhere.close()
  })

  test('of a session that was revoked elsewhere is no error', async () => {
    const { options } = await someone()
    const profile = await openProfile(options)
    await profile.api.call(endpoints.logout)
    profile.close()
    expect(await signOut(options)).toEqual({ ended: true })
  })

  test('with wipe leaves nothing of the profile, and touches nothing else', async () => {
    const { options } = await someone()
    writeFileSync(join(options.dir, 'config.json'), '{}')
    await signOut(options, { wipe: true })
    expect(readdirSync(options.dir)).toEqual(['config.json'])
    const bare = (await someone()).options
    await signOut(bare, { wipe: true })
    expect(existsSync(bare.dir)).toBe(false)
    expect(profileState(bare)).toBe('empty')
  })

  test('of a profile without an account says that there is none, and makes no file', async () => {
    const options = chat.profile()
    await expect(signOut(options)).rejects.toMatchObject({ code: 'not_signed_in' })
    expect(existsSync(options.dir)).toBe(false)
  })
})

describe('replacing the key', () => {
  test('puts a new key into force with proof, keeps the session and the old key', async () => {
    const { name, options } = await someone()
    const profile = await openProfile(options)
    const replaced = await replaceKey(profile, { password })
    expect(replaced).toMatchObject({ seq: 1, old_fingerprint: ownKey.fingerprint })
    expect(profile.identity().fingerprint).toBe(replaced.fingerprint)
    expect(profile.me().fingerprint).toBe(replaced.fingerprint)
    const input = { params: { username: name } }
    const { fingerprint, changes } = await profile.api.call(endpoints.getPublicKey, input)
    expect(fingerprint).toBe(replaced.fingerprint)
    expect(changes).toMatchObject([{ seq: 1, proof: { signatures: expect.any(Array) } }])
    expect(profile.identities()).toHaveLength(2)
    expect((await replaceKey(profile, { password })).seq).toBe(2)
    expect(profile.identities()).toHaveLength(3)
    profile.close()
  })

  test('is seen at once by another process that has the profile open', async () => {
    const { options } = await someone()
    const [one, other] = [await openProfile(options), await openProfile(options)]
    const { fingerprint } = await replaceKey(one, { password })
    expect(other.identity().fingerprint).toBe(fingerprint)
    one.close()
    other.close()
  })

  test('changes nothing with a wrong password', async () => {
    const { options } = await someone()
    const profile = await openProfile(options)
    await expect(replaceKey(profile, { password: 'wrong password' })).rejects.toMatchObject({
      code: 'bad_credentials',
    })
    expect(profile.identity().fingerprint).toBe(ownKey.fingerprint)
    expect(profile.identities()).toHaveLength(1)
    profile.close()
  })

  test.each(['before', 'after'] as const)('goes on where an answer was lost %s', async (fault) => {
    const { options } = await someone()
    const transport = faultyTransport(({ method }) => (method === 'PUT' ? fault : undefined))
    const broken = await openProfile({ ...options, transport })
    await expect(replaceKey(broken, { password })).rejects.toMatchObject({
      code: 'network_unreachable',
    })
    broken.close()
    const profile = await openProfile(options)
    const { fingerprint, seq } = await replaceKey(profile, { password })
    expect(seq).toBe(1)
    expect(profile.identity().fingerprint).toBe(fingerprint)
    expect(profile.identityStore.all()).toHaveLength(2)
    profile.close()
  })

  test('is refused when another device did it, and says to bring that key', async () => {
    const { name, options } = await someone()
    const other = chat.profile()
    await signIn(other, { name, password, identity: ownKey })
    const elsewhere = await openProfile(other)
    const here = await openProfile(options)
    await replaceKey(elsewhere, { password })
    elsewhere.close()
    here.close()
    await expect(signIn(options, { name, password })).rejects.toMatchObject({
      code: 'no_private_key',
    })
  })
})

test('exports the present key under a passphrase only', async () => {
  const { options } = await someone()
  const profile = await openProfile(options)
  const file = Buffer.from(
    exportProfileKey(profile, { format: 'pkcs8', passphrase: 'of the file' }),
  )
  expect(file.toString()).toContain('ENCRYPTED PRIVATE KEY')
  profile.close()
})

test('removing the account removes it there and here; a wrong password removes nothing', async () => {
  const { name, options } = await someone()
  const profile = await openProfile(options)
  const wrong = await errorOf(() => removeAccount(profile, { password: 'wrong password' }))
  expect(wrong).toMatchObject({ code: 'bad_credentials' })
  expect(profileState(options)).toBe('ready')
  await removeAccount(profile, { password })
  expect(existsSync(options.dir)).toBe(false)
  await expect(signIn(chat.profile(), { name, password, identity: ownKey })).rejects.toMatchObject({
    code: 'bad_credentials',
  })
})
