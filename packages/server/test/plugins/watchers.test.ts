import type { Envelope } from '@secure-chat/plugin-sdk/server'
import {
  never,
  type PluginServer,
  pluginOf,
  startWith,
  transform,
} from './support/plugin-server.ts'

let chat: PluginServer
afterEach(() => chat.close())

const stored = (handler: (envelope: Envelope) => unknown, types: string[] = ['CHAT_MESSAGE']) => ({
  onEnvelopeStored: { types, handler: handler as () => void },
})

test('hears of what is in the queue, as it was stored, in order', async () => {
  const heard: Envelope[] = []
  chat = await startWith([
    pluginOf(
      'annotator',
      transform(() => ({ kind: 'annotate', meta: { k: 'v' } })),
    ),
    pluginOf(
      'watcher',
      stored((envelope) => heard.push(envelope)),
    ),
  ])
  for (const message of ['one', 'two', 'three']) await chat.send(message)
  await chat.settle()
  expect(heard.map(({ message }) => message)).toEqual(['one', 'two', 'three'])
  expect(heard[0]).toMatchObject({
    meta: { 'annotator.k': 'v' },
    sender: 'alice',
    recipient: 'bob',
  })
  expect(Object.isFrozen(heard[0])).toBe(true)
})

test('hears of a record by the type it was stored under', async () => {
  const heard: string[] = []
  chat = await startWith([
    pluginOf(
      'retyper',
      transform(() => ({ kind: 'retype', type: 'x-late' })),
      {
        declares: ['x-late'],
      },
    ),
    pluginOf(
      'old-type',
      stored(() => heard.push('old')),
    ),
    pluginOf(
      'new-type',
      stored(() => heard.push('new'), ['x-late']),
    ),
  ])
  await chat.send('hi')
  await chat.settle()
  expect(heard).toEqual(['new'])
})

test('cannot delay or fail a send, whatever it does', async () => {
  chat = await startWith([
    pluginOf(
      'throws',
      stored(() => {
        throw new Error('boom')
      }),
    ),
    pluginOf(
      'rejects',
      stored(async () => {
        throw new Error('boom')
      }),
    ),
    pluginOf('hangs', stored(never)),
    pluginOf(
      'mutates',
      stored((envelope) => Object.assign(envelope, { message: 'x' })),
    ),
  ])
  await chat.send('hi')
  expect(await chat.mailbox('bob')).toMatchObject([{ message: 'hi' }])
  await chat.settle()
  await chat.clock.advance(250)
  expect(
    chat
      .logged('plugin.failed')
      .map(({ plugin }) => plugin)
      .sort(),
  ).toEqual(['hangs', 'mutates', 'rejects', 'throws'])
})

test('64 calls run side by side, 1,000 wait, the rest is dropped, counted and logged once', async () => {
  let running = 0
  const answers: Array<() => void> = []
  chat = await startWith([
    {
      plugin: pluginOf(
        'slow',
        stored(() => {
          running += 1
          return new Promise<void>((resolve) =>
            answers.push(() => {
              running -= 1
              resolve()
            }),
          )
        }),
      ),
    },
  ])
  await Promise.all(Array.from({ length: 1200 }, (_, index) => chat.send(`m${index}`)))
  await chat.settle()
  expect(running).toBe(64)
  const [status] = chat.server.plugins.list()
  const { calls = 0, dropped = 0 } = status?.hooks[0] ?? {}
  expect(calls).toBe(64)
  expect(dropped).toBeGreaterThanOrEqual(1200 - 1000 - 2 * 64)
  expect(chat.logged('plugin.dropped')).toHaveLength(1)
  while (answers.length > 0) {
    for (const answer of answers.splice(0)) answer()
    await chat.settle()
  }
  expect(chat.server.plugins.list()[0]?.hooks[0]).toMatchObject({
    calls: 1200 - dropped,
    failures: 0,
  })
})

test('what was stored before the server ends is still told', async () => {
  const heard: string[] = []
  let isClosed = false
  chat = await startWith([
    pluginOf('watcher', {
      ...stored(async ({ message }) => {
        await new Promise((resolve) => setImmediate(resolve))
        heard.push(`${message} ${isClosed}`)
      }),
      close: () => {
        isClosed = true
      },
    }),
  ])
  await chat.send('last')
  await chat.close()
  expect(heard).toEqual(['last false'])
})
