import { jest } from '@jest/globals'
import type { Cursor, QueueRecord, UserName } from '@secure-chat/protocol'
import type { Account, LiveEvent } from '../../src/index.ts'
import { heard } from '../support/envelopes.ts'
import { serveMailbox } from '../support/mailbox.ts'
import { makeWire } from '../support/wire.ts'
import { startWorld, type World } from '../support/world.ts'

jest.setTimeout(60_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

/** As a move of the server to another engine leaves it: the same records in a mailbox that knows no old cursor. */
async function moveMailbox(
  name: string,
  isKept: (record: QueueRecord) => boolean = () => true,
): Promise<void> {
  const { queue } = world.server.engines
  const user = name as UserName
  const records = await recordsOf(name)
  await queue.removeMailbox(user)
  await queue.createMailbox(user)
  await queue.enqueueAll(records.filter(isKept).map((record) => ({ user, record })))
}

async function recordsOf(name: string): Promise<QueueRecord[]> {
  const { queue } = world.server.engines
  const records: QueueRecord[] = []
  for (let after: Cursor | undefined, more = true; more; ) {
    const page = await queue.read(name as UserName, { limit: 500, ...(after && { after }) })
    records.push(...page.items.map(({ record }) => record))
    after = page.next
    more = page.more
  }
  return records
}

let count = 0
/** The way to `ben` loses what the test says. */
async function scene() {
  count += 1
  const wire = makeWire()
  const ann = await world.person(`ann${count}`)
  const ben = await world.person(`ben${count}`, { transport: wire.transport })
  const road: { isLost: (record: QueueRecord) => boolean } = { isLost: () => false }
  serveMailbox(wire, (records) => records.filter((record) => !road.isLost(record)))
  return { wire, road, ann: await ann.open(), ben: await ben.open(), people: { ann, ben } }
}

const shown = (account: Account) =>
  account.messages({ limit: 10_000 }).map(({ id, text, state, kind, unread, notices }) => ({
    id,
    text,
    state,
    kind,
    unread,
    notices,
  }))

test('a mailbox that was moved is read from its start: what was shown stays as it was, what is new comes', async () => {
  const { ann, ben, people } = await scene()
  const [annName, benName] = [people.ann.name, people.ben.name]
  await ann.send(benName, { text: '1' })
  await ben.sync()
  await ben.send(annName, { text: 'back' })
  await ann.sync()
  ann.settings.set('receipts', 'on')
  ann.markRead(benName)
  await ann.keys.replace(people.ann.password)
  await ann.send(benName, { text: '2' })
  await ben.sync()
  ben.markRead(annName)
  const before = shown(ben)
  expect(heard(ben, annName)).toEqual(['1', '2'])
  await moveMailbox(benName)
  expect(await ben.sync()).toMatchObject({ received: 0 })
  expect(shown(ben)).toEqual(before)
  await ann.send(benName, { text: '3' })
  expect(await ben.sync()).toMatchObject({ received: 1 })
  expect(heard(ben, annName)).toEqual(['1', '2', '3'])
})

test('lines that were sent again because their key never came are not called unreadable anew', async () => {
  const { ann, ben, people, road } = await scene()
  const [annName, benName] = [people.ann.name, people.ben.name]
  await ann.send(benName, { text: 'one' })
  const lost = (await recordsOf(benName)).find(({ type }) => type === 'KEY_EXCHANGE')
  const isFound = (record: QueueRecord) => record.id !== lost?.id
  road.isLost = (record) => !isFound(record)
  await ben.sync()
  await ann.sync()
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['one'])
  const before = shown(ben)
  expect(before.map(({ text }) => text)).toContain(
    'Not readable: its key never came. It was sent again, see below.',
  )
  await moveMailbox(benName, isFound)
  expect(await ben.sync()).toMatchObject({ received: 0 })
  expect(shown(ben)).toEqual(before)
})

test('an open chat goes on when the mailbox behind its stream was moved', async () => {
  const { ann, ben, people, wire } = await scene()
  const [annName, benName] = [people.ann.name, people.ben.name]
  const stop = new AbortController()
  const events: LiveEvent[] = []
  const waiting = new Set<() => void>()
  const done = (async () => {
    for await (const event of ben.live({ signal: stop.signal })) {
      events.push(event)
      for (const wake of waiting) wake()
    }
  })()
  const texts = () =>
    events.flatMap((event) => (event.type === 'message' ? event.message.text : []))
  const until = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (isSo()) resolve()
      }
      waiting.add(look)
      look()
    })
  await ann.send(benName, { text: '1' })
  await until(() => texts().includes('1'))
  wire.cut()
  await ann.send(benName, { text: 'wakes the stream' })
  await until(() => events.some((event) => event.type === 'state' && event.state === 'offline'))
  await moveMailbox(benName)
  wire.mend()
  await until(() => texts().includes('wakes the stream'))
  await ann.send(benName, { text: '3' })
  await until(() => texts().includes('3'))
  stop.abort()
  await done
  expect(texts()).toEqual(['1', 'wakes the stream', '3'])
  expect(heard(ben, annName)).toEqual(['1', 'wakes the stream', '3'])
})
