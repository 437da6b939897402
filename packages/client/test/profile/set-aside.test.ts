import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { jest } from '@jest/globals'
import { openProfile, readWhoami, signIn, signOut } from '../../src/index.ts'
import { vaultPath } from '../../src/vault/vault.ts'
import { errorOf } from '../fixtures/folders.ts'
import { startWorld, type World } from '../support/world.ts'

jest.setTimeout(60_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

test('after a damaged vault was set aside every command says where it is and how to get back in', async () => {
  const ann = await world.person('ann')
  const path = vaultPath(ann.options.dir)
  const backup = `${path}.backup`
  ;(await openProfile(ann.options)).close()
  copyFileSync(path, backup)
  for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true })
  writeFileSync(path, 'this was a database once. '.repeat(400))
  const damaged = await errorOf(() => openProfile(ann.options))
  expect(damaged).toMatchObject({ code: 'file_damaged' })
  const aside = 'members' in damaged ? JSON.stringify(damaged.members) : ''
  const later = [
    () => openProfile(ann.options),
    () => readWhoami(ann.options),
    () => signOut(ann.options),
  ]
  for (const command of later) {
    const error = await errorOf(command)
    expect(error).toMatchObject({
      code: 'not_signed_in',
      members: JSON.parse(aside),
      suggestions: [
        expect.stringContaining('keys import FILE'),
        'secure-chat login NAME --recover',
      ],
    })
    expect(error.message).toContain(`${path}.damaged-`)
    expect(error.message).not.toContain('register')
  }
  // As it says: a backup put back …
  copyFileSync(backup, path)
  expect(readWhoami(ann.options)).toMatchObject({ name: 'ann' })
  rmSync(path)
  // … or a new key.
  await signIn(ann.options, { name: 'ann', password: ann.password, recover: true, remember: true })
  expect(readWhoami(ann.options)).toMatchObject({ name: 'ann', session_valid: true })
})
