import { jest } from '@jest/globals'
import { heard, remarks } from '../support/envelopes.ts'
import { serveMailbox } from '../support/mailbox.ts'
import { makeWire } from '../support/wire.ts'
import { movableClock, startWorld, type World } from '../support/world.ts'

jest.setTimeout(60_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

let count = 0
/** The way to `ben` loses every key exchange. */
async function scene() {
  count += 1
  const clock = movableClock()
  const wire = makeWire()
  const ann = await world.person(`ann${count}`, { clock })
  const ben = await world.person(`ben${count}`, { transport: wire.transport, clock })
  let isLosing = true
  serveMailbox(wire, (records) =>
    isLosing ? records.filter(({ type }) => type !== 'KEY_EXCHANGE') : records,
  )
  return {
    clock,
    annName: ann.name,
    benName: ben.name,
    ann: await ann.open(),
    ben: await ben.open(),
    stopLosing() {
      isLosing = false
    },
  }
}

test('lines under a lost key are asked for, marked, and sent again under new ids', async () => {
  const { ann, ben, annName, benName, stopLosing } = await scene()
  const first = await ann.send(benName, { text: 'one' })
  await ann.send(benName, { text: 'two', re: first.id })
  await ben.sync()
  expect(heard(ben, annName)).toEqual([])
  expect(ben.messages({ with: annName })[0]).toMatchObject({ id: first.id, state: 'undecryptable' })
  stopLosing()
  await ann.sync()
  expect(ann.messages({ with: benName }).map(({ kind, state }) => [kind, state])).toEqual([
    ['text', 'unreadable'],
    ['text', 'unreadable'],
    ['text', 'sent'],
    ['text', 'sent'],
    ['notice', 'received'],
  ])
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['one', 'two'])
  const again = ben.messages({ with: annName }).find(({ text }) => text === 'two')
  expect(again?.re).toBe(first.id)
  expect(again?.notices).toEqual(['Sent again, because it could not be read before.'])
  expect(remarks(ann, benName)).toContain(`Not readable by ${benName}; it was sent again.`)
})

test('a contact is asked at most once an hour, and for each line once', async () => {
  const { ann, ben, annName, benName, clock } = await scene()
  const asked = () =>
    remarks(ben, annName).filter((text) => text.includes('asked to send again')).length
  await ann.send(benName, { text: '1' })
  await ben.sync()
  await ann.send(benName, { text: '2' })
  await ben.sync()
  expect(asked()).toBe(1)
  clock.forward(61 * 60_000)
  await ben.sync()
  expect(asked()).toBe(2)
  clock.forward(61 * 60_000)
  await ben.sync()
  expect(asked()).toBe(2)
})

test('lines are sent again at most once in an hour, whoever asks', async () => {
  const { ann, ben, annName, benName, clock } = await scene()
  await ann.send(benName, { text: '1' })
  await ben.sync()
  await ann.sync()
  const lines = () =>
    ann.messages({ with: benName }).filter(({ direction }) => direction === 'out').length
  expect(lines()).toBe(2)
  clock.forward(61 * 60_000)
  await ben.sync()
  await ann.sync()
  expect(lines()).toBe(3)
  expect(heard(ben, annName)).toEqual([])
})
