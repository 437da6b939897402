import { jest } from '@jest/globals'
import { startWorld, type World } from '../support/world.ts'

jest.setTimeout(60_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

test('two people talk: first messages of both at once, answers, order', async () => {
  const alice = await (await world.person('alice')).open()
  const bob = await (await world.person('bob')).open()
  const [hello, hi] = await Promise.all([
    alice.send('bob', { text: 'hello' }),
    bob.send('alice', { text: 'hi' }),
  ])
  expect([hello.state, hi.state]).toEqual(['sent', 'sent'])
  await bob.send('alice', { text: 'how are you?', re: hello.id })
  expect(await alice.sync()).toMatchObject({ received: 2 })
  expect(await bob.sync()).toMatchObject({ received: 1 })
  expect(texts(alice)).toEqual(['hello', 'hi', 'how are you?'])
  expect(texts(bob)).toEqual(['hi', 'how are you?', 'hello'])
  expect(alice.messages({ with: 'bob' }).at(-1)).toMatchObject({
    from: 'bob',
    to: 'alice',
    direction: 'in',
    kind: 'text',
    re: hello.id,
    state: 'received',
    trust: 'pinned',
    notices: [],
    unread: true,
  })
})

function texts(account: Awaited<ReturnType<Awaited<ReturnType<World['person']>>['open']>>) {
  return account.messages({}).map(({ text }) => text)
}
