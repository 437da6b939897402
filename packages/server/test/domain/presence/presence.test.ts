import type { UserName } from '@secure-chat/protocol'
import type { PresenceProvider } from '../../../src/domain/presence/presence-provider.ts'
import type { PresenceView } from '../../../src/domain/presence/presence-view.ts'
import { type Messaging, openMessaging } from '../../support/messaging.ts'

let chat: Messaging
let bob: UserName

beforeEach(async () => {
  chat = await openMessaging()
  bob = (await chat.addUser('bob')).name
})
afterEach(() => chat.close())

const view = async (name = bob): Promise<PresenceView> => {
  const [found] = await chat.presence.viewsOf([name])
  if (found === undefined) throw new Error('no view')
  return found
}

test('a user who was never there is offline, without a time', async () => {
  expect(await view()).toEqual({
    name: 'bob',
    online: false,
    state: 'offline',
    text: null,
    last_seen: null,
  })
})

test('a sign of life makes a user online for 90 seconds', async () => {
  chat.presence.sign(bob)
  await chat.tick()
  expect(await view()).toMatchObject({ online: true, state: 'online' })
  const seen = new Date(chat.clock.now()).toISOString()
  await chat.clock.advance(90_000)
  expect(await view()).toMatchObject({ online: true, last_seen: seen })
  await chat.clock.advance(1)
  expect(await view()).toMatchObject({ online: false, state: 'offline', last_seen: seen })
})

test.each(['away', 'busy', 'online'] as const)(
  '%s holds while the user is there, and counts as online',
  async (state) => {
    await chat.presence.set(bob, { state, text: 'back at six' })
    for (let i = 0; i < 5; i++) {
      await chat.clock.advance(60_000)
      chat.presence.sign(bob)
      await chat.tick()
    }
    expect(await view()).toMatchObject({ online: true, state, text: 'back at six' })
  },
)

test('a status is over after 90 seconds of silence: who comes back is online', async () => {
  await chat.presence.set(bob, { state: 'busy', text: 'in a call' })
  await chat.clock.advance(90_001)
  await chat.tick()
  expect(await view()).toMatchObject({ state: 'offline', text: null })
  chat.presence.sign(bob)
  await chat.tick()
  expect(await view()).toMatchObject({ state: 'online', text: null })
})

test('who says offline stays so, and calls do not give them away', async () => {
  await chat.presence.set(bob, { state: 'offline', text: null })
  const seen = (await view()).last_seen
  for (let i = 0; i < 3; i++) {
    await chat.clock.advance(60_000)
    chat.presence.sign(bob)
    await chat.tick()
    expect(await view()).toMatchObject({ online: false, state: 'offline', last_seen: seen })
  }
  await chat.presence.set(bob, { state: 'online', text: null })
  expect(await view()).toMatchObject({ online: true })
})

test('the call that says offline is no sign of life after it', async () => {
  chat.presence.sign(bob)
  await chat.presence.set(bob, { state: 'offline', text: null })
  await chat.tick()
  expect(await view()).toMatchObject({ state: 'offline' })
})

test('a text is reduced to what can be shown', async () => {
  await chat.presence.set(bob, { state: 'away', text: 'a\u202e\u200bb' })
  expect((await view()).text).toBe('a\\u{202e}\\u{200b}b')
  await chat.presence.set(bob, { state: 'away', text: '' })
  expect((await view()).text).toBeNull()
})

test('signs that could not be written are written later', async () => {
  let isDown = true
  const { presence } = chat.database
  const node = chat.otherNode({
    database: {
      ...chat.database,
      presence: {
        ...presence,
        seen: (signs) => (isDown ? Promise.reject(new Error('down')) : presence.seen(signs)),
      },
    },
  })
  node.presence.sign(bob)
  await expect(node.presence.settle()).rejects.toThrow('down')
  isDown = false
  await node.presence.settle()
  expect(await view()).toMatchObject({ online: true })
})

test('a sign of a removed user brings nothing back', async () => {
  chat.presence.sign(bob)
  await chat.database.users.remove(bob)
  await chat.tick()
  expect(await view()).toMatchObject({ online: false, last_seen: null })
})

describe('changes', () => {
  const heard: PresenceView[] = []
  beforeEach(async () => {
    heard.length = 0
    chat.presence.onChanged((changed) => void heard.push(changed))
    await chat.tick()
  })

  test('are heard once each: coming, a new state or text, going', async () => {
    chat.presence.sign(bob)
    await chat.tick()
    await chat.tick()
    await chat.presence.set(bob, { state: 'away', text: 'lunch' })
    await chat.presence.set(bob, { state: 'away', text: 'lunch' })
    chat.presence.sign(bob)
    await chat.tick()
    await chat.clock.advance(90_001)
    await chat.tick()
    await chat.tick()
    expect(heard.map(({ state, text }) => [state, text])).toEqual([
      ['online', null],
      ['away', 'lunch'],
      ['offline', null],
    ])
  })

  test('made on another node are heard at the next look', async () => {
    const other = chat.otherNode()
    await other.presence.set(bob, { state: 'busy', text: null })
    await chat.tick()
    expect(heard).toMatchObject([{ name: 'bob', state: 'busy' }])
    await other.presence.set(bob, { state: 'offline', text: null })
    await chat.tick()
    expect(heard.at(-1)).toMatchObject({ state: 'offline' })
  })

  test('a user who gives signs on another node does not lapse here', async () => {
    const other = chat.otherNode()
    for (let i = 0; i < 5; i++) {
      other.presence.sign(bob)
      await other.tick()
      await chat.tick()
      await chat.clock.advance(60_000)
    }
    expect(heard.map(({ state }) => state)).toEqual(['online'])
  })
})

describe('a provider', () => {
  const answers = new Map<UserName, { state: 'busy'; text: string }>()
  const provider: PresenceProvider = {
    lookup: async (names) => {
      const found = names.flatMap((name) => {
        const answer = answers.get(name)
        return answer ? [[name, answer] as const] : []
      })
      return { answers: new Map(found), isComplete: true }
    },
  }
  beforeEach(() => answers.clear())

  test('is asked before signs of life, and passes who it does not know on', async () => {
    const node = chat.otherNode({ presenceProviders: () => [provider] })
    const carol = (await chat.addUser('carol')).name
    answers.set(bob, { state: 'busy', text: 'calendar' })
    node.presence.sign(carol)
    await node.tick()
    expect(await node.presence.viewsOf([bob, carol])).toMatchObject([
      { name: 'bob', online: true, state: 'busy', text: 'calendar' },
      { name: 'carol', online: true, state: 'online' },
    ])
    expect(
      await node.listUsers({ online: true, prefix: undefined, after: undefined, limit: 1 }),
    ).toMatchObject({
      users: [{ name: 'bob' }],
      next: 'bob',
    })
  })

  test('that failed is asked once, however many pages one call looks through', async () => {
    for (const name of ['carol', 'dave', 'erin']) await chat.addUser(name)
    let asked = 0
    const failing: PresenceProvider = {
      async lookup() {
        asked += 1
        return { answers: new Map(), isComplete: false }
      },
    }
    const node = chat.otherNode({ presenceProviders: () => [failing, provider] })
    answers.set(bob, { state: 'busy', text: 'calendar' })
    const page = { online: true, prefix: undefined, after: undefined, limit: 1 }
    expect(await node.listUsers(page)).toMatchObject({ users: [{ name: 'bob' }] })
    expect(asked).toBe(1)
    answers.clear()
    await node.listUsers(page)
    expect(asked).toBe(2)
  })

  test('announces what is no longer true', async () => {
    const node = chat.otherNode({ presenceProviders: () => [provider] })
    const first = new Promise<PresenceView>((resolve) => node.presence.onChanged(resolve))
    answers.set(bob, { state: 'busy', text: 'calendar' })
    await node.presence.announce([bob])
    expect(await first).toMatchObject({ name: 'bob', state: 'busy' })
  })
})
