import { readdirSync } from 'node:fs'
import { jest } from '@jest/globals'
import { endpoints } from '@secure-chat/protocol'
import { systemClock } from '../../src/clock.ts'
import { openProfile } from '../../src/profile/open-profile.ts'
import { registerAccount } from '../../src/profile/register.ts'
import { replaceKey } from '../../src/profile/replace-key.ts'
import { profileState, readWhoami } from '../../src/profile/state.ts'
import { openVault } from '../../src/vault/vault.ts'
import { errorOf } from '../fixtures/folders.ts'
import { chatServer, faultyTransport, password } from '../fixtures/people.ts'
import { readyIdentity } from '../support/ready-keys.ts'

jest.setTimeout(60_000)
const chat = chatServer()

test('makes an account whose session works, and names it offline', async () => {
  const options = chat.profile({ profile: 'work' })
  expect(profileState(options)).toBe('empty')
  const made = await registerAccount(options, { name: 'Alice', password })
  expect(made).toMatchObject({ name: 'alice', server: chat.url(), resumed: false })
  expect(profileState(options)).toBe('ready')
  const me = readWhoami(options)
  expect(me).toEqual({
    name: 'alice',
    server: chat.url(),
    profile: 'work',
    fingerprint: made.fingerprint,
    session_id: made.session?.session_id,
    expires_at: made.session?.expires_at,
    session_valid: true,
  })
  const profile = await openProfile(options)
  const { sessions } = await profile.api.call(endpoints.listSessions)
  expect(sessions).toMatchObject([{ current: true, session_id: me.session_id }])
  const input = { params: { username: 'alice' } }
  const published = await profile.api.call(endpoints.getPublicKey, input)
  expect(published.fingerprint).toBe(profile.identity().fingerprint)
  profile.close()
})

test('makes a key of 3,072 bits unless told otherwise', async () => {
  const options = chat.profile({ keyBits: undefined })
  await registerAccount(options, { name: 'big', password })
  const profile = await openProfile(options)
  const details = profile.identity().publicKey.asymmetricKeyDetails
  expect(details).toMatchObject({ modulusLength: 3072, publicExponent: 65537n })
  profile.close()
})

test('leaves the profile signed out and locked where no session is wanted', async () => {
  const options = chat.profile()
  const made = await registerAccount(options, { name: 'nosession', password, login: false })
  expect(made.session).toBeNull()
  expect(profileState(options)).toBe('signed-out')
  await expect(openProfile(options, { passphrase: password })).rejects.toMatchObject({
    code: 'not_signed_in',
  })
})

test('takes a key people already have', async () => {
  const identity = await readyIdentity()
  const options = chat.profile()
  const made = await registerAccount(options, { name: 'ownkey', password, identity })
  expect(made.fingerprint).toBe(identity.fingerprint)
})

test('refuses a second account in one profile', async () => {
  const options = chat.profile()
  await registerAccount(options, { name: 'first', password })
  const error = await errorOf(() => registerAccount(options, { name: 'second', password }))
  const suggestions = ['secure-chat register second --profile second']
  expect(error).toMatchObject({ code: 'usage', suggestions })
  expect(readWhoami(options).name).toBe('first')
})

test.each([
  ['name_taken', 'first', password],
  ['weak_password', 'weak', 'password'],
  ['name_reserved', 'system', password],
])(
  'leaves nothing behind when refused with %s, so that another try is free',
  async (code, name, tried) => {
    const options = chat.profile()
    await expect(registerAccount(options, { name, password: tried })).rejects.toMatchObject({
      code,
    })
    expect(profileState(options)).toBe('empty')
    const again = `free-${code.replace('_', '-')}`
    await expect(registerAccount(options, { name: again, password })).resolves.toMatchObject({
      name: again,
    })
  },
)

test('says which server it needs, or cannot reach, and makes no file for it', async () => {
  const none = chat.profile({ server: undefined })
  await expect(registerAccount(none, { name: 'lost', password })).rejects.toMatchObject({
    code: 'usage',
  })
  const plain = chat.profile({ server: 'http://chat.example.org' })
  await expect(registerAccount(plain, { name: 'lost', password })).rejects.toMatchObject({
    code: 'insecure_server',
  })
  const away = chat.profile({ server: 'http://127.0.0.1:9' })
  const error = await errorOf(() => registerAccount(away, { name: 'lost', password }))
  expect(error).toMatchObject({ code: 'network_unreachable' })
  expect(error.message).toContain('http://127.0.0.1:9')
  expect(error.message).not.toContain('Whether')
  expect(profileState(away)).toBe('empty')
})

describe('after a lost answer', () => {
  const registers = /^\/chat\/auth\/register$/

  test('the same call again finds out that the account exists, with the key it was made with', async () => {
    const transport = faultyTransport(({ target }) =>
      registers.test(target) ? 'after' : undefined,
    )
    const options = chat.profile()
    const lost = await errorOf(() =>
      registerAccount({ ...options, transport }, { name: 'lucky', password }),
    )
    expect(lost).toMatchObject({ code: 'network_unreachable' })
    expect(lost.message).toContain('Run the same command again')
    expect(profileState(options)).toBe('empty')
    const made = await registerAccount(options, { name: 'lucky', password })
    expect(made).toMatchObject({ name: 'lucky', resumed: true })
    const profile = await openProfile(options)
    expect(profile.identity().fingerprint).toBe(made.fingerprint)
    expect((await profile.api.call(endpoints.listSessions)).sessions).toHaveLength(1)
    profile.close()
  })

  test('goes on with the same key when the request never arrived', async () => {
    const transport = faultyTransport(({ target }) =>
      registers.test(target) ? 'before' : undefined,
    )
    const options = chat.profile()
    await errorOf(() => registerAccount({ ...options, transport }, { name: 'late', password }))
    const made = await registerAccount(options, { name: 'late', password })
    expect(made.resumed).toBe(false)
    const profile = await openProfile(options)
    expect(profile.identityStore.all()).toHaveLength(1)
    profile.close()
  })

  test('does not take the account of somebody who was quicker', async () => {
    const transport = faultyTransport(({ target }) =>
      registers.test(target) ? 'before' : undefined,
    )
    const options = chat.profile()
    await errorOf(() => registerAccount({ ...options, transport }, { name: 'wanted', password }))
    await registerAccount(chat.profile(), { name: 'wanted', password: 'another long password' })
    await expect(registerAccount(options, { name: 'wanted', password })).rejects.toMatchObject({
      code: 'name_taken',
    })
    const made = await registerAccount(options, { name: 'wanted-2', password })
    expect(made.name).toBe('wanted-2')
  })

  test('asks for the password of the first try', async () => {
    const transport = faultyTransport(({ target }) =>
      registers.test(target) ? 'after' : undefined,
    )
    const options = chat.profile()
    await errorOf(() => registerAccount({ ...options, transport }, { name: 'typo', password }))
    await expect(
      registerAccount(options, { name: 'typo', password: 'a different password' }),
    ).rejects.toMatchObject({
      code: 'wrong_passphrase',
      message: expect.stringContaining('was not finished'),
    })
    await expect(registerAccount(options, { name: 'typo', password })).resolves.toMatchObject({
      resumed: true,
    })
  })
})

test('starts over where an earlier try ended before it had made a key', async () => {
  const options = chat.profile()
  const vault = openVault({ dir: options.dir })
  await vault.create('a mistyped password')
  vault.close()
  await expect(registerAccount(options, { name: 'bare', password })).resolves.toMatchObject({
    name: 'bare',
  })
})

test('works with a clock that is an hour off, either way', async () => {
  for (const [name, offMs] of [
    ['early', -3_600_000],
    ['behind', 3_600_000],
  ] as const) {
    const clock = { ...systemClock, now: () => Date.now() + offMs }
    const options = chat.profile({ clock })
    await registerAccount(options, { name, password })
    const profile = await openProfile(options)
    await profile.api.call(endpoints.listSessions)
    expect(Math.abs(profile.api.clockOffsetMs() + offMs)).toBeLessThan(60_000)
    expect((await replaceKey(profile, { password })).seq).toBe(1)
    profile.close()
  }
})

test('keeps the account when only the sign-in after it fails, and says why', async () => {
  const transport = faultyTransport(({ target }) =>
    target.endsWith('/login') ? 'before' : undefined,
  )
  const options = chat.profile({ transport })
  const made = await registerAccount(options, { name: 'halfway', password })
  expect(made).toMatchObject({ session: null, problem: { code: 'network_unreachable' } })
  expect(profileState(options)).toBe('signed-out')
  expect(readdirSync(options.dir)).not.toContain('vault.key')
})
