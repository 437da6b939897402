import { jest } from '@jest/globals'
import { signIn } from '../../src/index.ts'
import { errorOf } from '../fixtures/folders.ts'
import { startWorld, type World } from '../support/world.ts'

jest.setTimeout(60_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

test('rotate without a name tells whom it left out because their key changed, with one refuses them', async () => {
  const ann = await (await world.person('ann')).open()
  const [ben, cat] = [await world.person('ben'), await world.person('cat')]
  for (const { name } of [ben, cat]) await ann.send(name, { text: 'hi' })
  expect(await ann.trust.rotate()).toEqual({ rotated: ['ben', 'cat'], skipped: [] })
  const lost = { ...ben.options, dir: world.folder('ben') }
  await signIn(lost, { name: 'ben', password: ben.password, recover: true, remember: true })
  await ann.trust.show('ben')
  expect(await ann.trust.rotate()).toEqual({ rotated: ['cat'], skipped: ['ben'] })
  expect(await errorOf(() => ann.trust.rotate('ben'))).toMatchObject({ code: 'key_not_trusted' })
  expect(await ann.trust.rotate('cat')).toEqual({ rotated: ['cat'], skipped: [] })
})
