import { jest } from '@jest/globals'
import { endpoints } from '@secure-chat/protocol'
import type { Account, LiveEvent } from '../../src/index.ts'
import { errorOf } from '../fixtures/folders.ts'
import { heard, said } from '../support/envelopes.ts'
import { makeWire } from '../support/wire.ts'
import { startWorld, type World } from '../support/world.ts'

jest.setTimeout(60_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

let count = 0
async function scene() {
  count += 1
  const wire = makeWire()
  const ann = await world.person(`ann${count}`)
  const ben = await world.person(`ben${count}`, { transport: wire.transport })
  return {
    wire,
    annPerson: ann,
    benPerson: ben,
    annName: ann.name,
    benName: ben.name,
    ann: await ann.open(),
    ben: await ben.open(),
  }
}

/** Collects what happens live; `until` resolves with the first event, past or to come, that fits. */
function watch(account: Account) {
  const stop = new AbortController()
  const events: LiveEvent[] = []
  const waiting = new Set<() => void>()
  const done = (async () => {
    for await (const event of account.live({ signal: stop.signal })) {
      events.push(event)
      for (const wake of waiting) wake()
    }
  })()
  // Looked at by those who expect it to fail; to the others it is the end of the test.
  done.catch(() => undefined)
  return {
    events,
    done,
    until: <E extends LiveEvent>(fits: (event: LiveEvent) => event is E): Promise<E> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = events.find(fits)
          if (!found) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        done.catch(reject)
        look()
      }),
    async stop() {
      stop.abort()
      await done
    },
  }
}

type Of<T extends LiveEvent['type']> = Extract<LiveEvent, { type: T }>
const isText =
  (text: string) =>
  (event: LiveEvent): event is Of<'message'> =>
    event.type === 'message' && event.message.text === text
const isState =
  (state: 'online' | 'offline', after = 0) =>
  (event: LiveEvent): event is Of<'state'> =>
    event.type === 'state' && event.state === state && after >= 0
const isDelivery =
  (id: string, state: string) =>
  (event: LiveEvent): event is Of<'delivery'> =>
    event.type === 'delivery' && event.id === id && event.state === state

test('what comes is shown as it comes, with earlier lines of the mailbox first', async () => {
  const { ann, ben, annName, benName } = await scene()
  await ann.send(benName, { text: 'before' })
  const live = watch(ben)
  await live.until(isText('before'))
  await live.until(isState('online'))
  await ann.send(benName, { text: 'now' })
  const { message } = await live.until(isText('now'))
  expect(message).toMatchObject({ from: annName, to: benName, unread: true, state: 'received' })
  await live.stop()
  expect(heard(ben, annName)).toEqual(['before', 'now'])
})

test('after a break it resumes from the vault, and nothing is missed or shown twice', async () => {
  const { ann, ben, annName, benName, wire } = await scene()
  const live = watch(ben)
  await live.until(isState('online'))
  await ann.send(benName, { text: '1' })
  await live.until(isText('1'))
  wire.cut()
  await ann.send(benName, { text: '2' })
  const { retryInMs = 0 } = await live.until(isState('offline'))
  expect(retryInMs).toBeGreaterThan(0)
  wire.mend()
  await ann.send(benName, { text: '3' })
  await live.until(isText('3'))
  await live.stop()
  expect(heard(ben, annName)).toEqual(['1', '2', '3'])
  const texts = live.events.flatMap((event) => (event.type === 'message' ? event.message.text : []))
  expect(texts).toEqual(['1', '2', '3'])
})

test('the states of own lines show: sent, delivered, read; and receipts are off unless asked for', async () => {
  const { ann, ben, annName, benName } = await scene()
  const anns = watch(ann)
  const bens = watch(ben)
  await Promise.all([anns.until(isState('online')), bens.until(isState('online'))])
  await ann.send(benName, { text: 'silent' })
  await bens.until(isText('silent'))
  ben.settings.set('receipts', 'on')
  const sent = await ann.send(benName, { text: 'hi' })
  await anns.until(isDelivery(sent.id, 'delivered'))
  expect(ben.markRead(annName)).toBe(2)
  await anns.until(isDelivery(sent.id, 'read'))
  await Promise.all([anns.stop(), bens.stop()])
  expect(ann.messages({ with: benName }).map(({ text, state }) => [text, state])).toEqual([
    ['silent', 'read'],
    ['hi', 'read'],
  ])
  expect(said(ann, benName)).toHaveLength(2)
})

test('lines another process sends, and their states, show in a chat that is open', async () => {
  const { ben, annName, benPerson } = await scene()
  const live = watch(ben)
  await live.until(isState('online'))
  const script = await benPerson.open()
  const { id } = await script.send(annName, { text: 'from cron' })
  const { message } = await live.until(isText('from cron'))
  expect(message).toMatchObject({ id, direction: 'out' })
  if (message.state === 'queued') await live.until(isDelivery(id, 'sent'))
  await live.stop()
})

test('two streams on one profile both show every line, kept once', async () => {
  const { ann, ben, annName, benName, benPerson } = await scene()
  const other = await benPerson.open()
  const both = [watch(ben), watch(other)]
  await Promise.all(both.map((live) => live.until(isState('online'))))
  for (let n = 0; n < 20; n += 1) await ann.send(benName, { text: String(n) })
  await Promise.all(both.map((live) => live.until(isText('19'))))
  await Promise.all(both.map((live) => live.stop()))
  const wanted = Array.from({ length: 20 }, (_, n) => String(n))
  expect(heard(ben, annName)).toEqual(wanted)
  for (const { events } of both) {
    expect(events.flatMap((event) => (event.type === 'message' ? event.message.text : []))).toEqual(
      wanted,
    )
  }
})

test('what waits in the outbox goes when the connection is back', async () => {
  const { ann, ben, annName, benName, wire } = await scene()
  await ben.send(annName, { text: '0' })
  const live = watch(ben)
  await live.until(isState('online'))
  wire.cut()
  const { id, state } = await ben.send(annName, { text: '1' })
  expect(state).toBe('queued')
  await ann.send(benName, { text: 'wakes the stream' })
  await live.until(isState('offline'))
  wire.mend()
  await live.until(isDelivery(id, 'sent'))
  await live.stop()
  await ann.sync()
  expect(heard(ann, benName)).toEqual(['0', '1'])
})

test('presence of contacts, key changes and words of the server show', async () => {
  const { ann, ben, annName, benName, annPerson } = await scene()
  await ann.send(benName, { text: 'hi' })
  const live = watch(ben)
  await live.until(isState('online'))
  await live.until(isText('hi'))
  await ben.send(annName, { text: 'hi' })
  await ann.api.call(endpoints.setPresence, {
    params: { username: annName },
    body: { status: 'busy', text: 'in a meeting' },
  })
  const presence = await live.until(
    (event): event is Of<'presence'> => event.type === 'presence' && event.state === 'busy',
  )
  expect(presence).toMatchObject({ name: annName, text: 'in a meeting' })
  await ann.keys.replace(annPerson.password)
  const system = await live.until((event): event is Of<'system'> => event.type === 'system')
  expect(system).toMatchObject({ event: 'key.changed', name: annName })
  const trust = await live.until((event): event is Of<'trust'> => event.type === 'trust')
  expect(trust).toMatchObject({ name: annName, trust: 'pinned' })
  expect(trust.text).toContain('the old key vouches for it')
  await live.stop()
})

test('the end of the session ends it, with what to do', async () => {
  const { ben, benName } = await scene()
  const live = watch(ben)
  await live.until(isState('online'))
  await ben.api.call(endpoints.logout)
  const error = await errorOf(() => live.done)
  expect(error).toMatchObject({
    code: 'token_invalid',
    exit: 4,
    suggestions: [`secure-chat login ${benName}`],
  })
})

test('a mailbox that no longer keeps what followed the cursor goes on from where it does', async () => {
  const { ann, ben, annName, benName } = await scene()
  await ann.send(benName, { text: '1' })
  await ben.sync()
  const { cursor } = await ben.sync()
  expect(cursor).not.toBeNull()
  const live = watch(ben)
  await live.until(isState('online'))
  await ann.send(benName, { text: '2' })
  await live.until(isText('2'))
  await live.stop()
  expect(heard(ben, annName)).toEqual(['1', '2'])
})
