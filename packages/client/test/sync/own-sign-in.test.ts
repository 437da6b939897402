import { jest } from '@jest/globals'
import { signIn } from '../../src/index.ts'
import { startWorld, type World } from '../support/world.ts'

jest.setTimeout(60_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

test('tells a sign-in on another device, and keeps quiet about those of this one', async () => {
  const { name, password, options, open } = await world.person('alice')
  await signIn(options, { name, password, remember: true })
  await signIn(options, { name, password, remember: true })
  const account = await open()
  await account.sync()
  expect(account.messages({})).toEqual([])
  const file = account.keys.exportIdentity({ format: 'pkcs8', passphrase: 'f' })
  const elsewhere = { ...options, dir: world.folder('elsewhere') }
  const { importIdentity } = await import('@secure-chat/e2ee')
  const identity = importIdentity(file, 'f')
  const other = await signIn(elsewhere, { name, password, identity, remember: true })
  await account.sync()
  expect(account.messages({})).toEqual([
    expect.objectContaining({
      kind: 'system',
      text: expect.stringContaining(`session ${other.session_id}`),
    }),
  ])
})
