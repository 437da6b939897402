import { jest } from '@jest/globals'
import { type LiveEvent, signIn } from '../../src/index.ts'
import { errorOf } from '../fixtures/folders.ts'
import { makeWire } from '../support/wire.ts'
import { startWorld, type World } from '../support/world.ts'

jest.setTimeout(60_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

test('a line that `send` takes back after a changed key: who saw it in another process hears that it is gone', async () => {
  const { transport } = makeWire()
  let letGo = (): void => undefined
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const person = await world.person('ann')
  const ben = await world.person('ben')
  const viewer = await person.open()
  await viewer.send('ben', { text: 'before' })
  const lost = { ...ben.options, dir: world.folder('ben') }
  await signIn(lost, { name: 'ben', password: ben.password, recover: true, remember: true })

  const events: LiveEvent[] = []
  const stop = new AbortController()
  const seen = (async () => {
    for await (const event of viewer.live({ signal: stop.signal })) {
      events.push(event)
      // Only when the other process has shown the line may the server answer.
      if (event.type === 'message' && event.message.text === 'held') letGo()
      if (event.type === 'delivery') stop.abort()
    }
  })()
  const sender = await person.open({
    transport: {
      ...transport,
      async send(request) {
        if (request.method === 'POST') await held
        return await transport.send(request)
      },
    },
  })
  expect(await errorOf(() => sender.send('ben', { text: 'held' }))).toMatchObject({
    code: 'key_not_trusted',
  })
  await seen
  const line = events.find((event) => event.type === 'message' && event.message.text === 'held')
  expect(events.at(-1)).toEqual({
    type: 'delivery',
    id: line?.type === 'message' ? line.message.id : '',
    to: 'ben',
    state: 'refused',
    reason: 'key_not_trusted',
  })
  expect(viewer.messages({ with: 'ben' }).some(({ text }) => text === 'held')).toBe(false)
})
