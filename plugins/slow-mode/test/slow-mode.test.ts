import { afterEach, expect, jest, test } from '@jest/globals'
import {
  conformance,
  type ServerPluginTest,
  testServerPlugin,
} from '@secure-chat/plugin-sdk/testing'
import slowMode from '../src/server.ts'

// Each test starts a whole server.
jest.setTimeout(60_000)

let chat: ServerPluginTest | undefined
afterEach(async () => {
  await chat?.close()
  chat = undefined
})

const stored = { kind: 'stored' }
const refused = (reason: string) => ({
  kind: 'refused',
  status: 422,
  code: 'rejected_by_plugin',
  reason,
})

test('without a config it is one message to each user in ten seconds', async () => {
  chat = await testServerPlugin(slowMode, undefined, { users: ['alice', 'bob', 'carol'] })
  expect(await chat.send('one')).toMatchObject(stored)
  await chat.clock.advance(4000)
  expect(await chat.send('two')).toEqual(
    refused('Slow mode: one message in 10 s. Try again in 6 s.'),
  )
  expect(await chat.send('to another', { to: 'carol' })).toMatchObject(stored)
  expect(await chat.send('an answer', { from: 'bob', to: 'alice' })).toMatchObject(stored)
  await chat.clock.advance(6000)
  expect(await chat.send('three')).toMatchObject(stored)
  expect((await chat.received()).map(({ message }) => message)).toEqual(['one', 'three'])
})

test('trying again and again makes nobody wait longer', async () => {
  chat = await testServerPlugin(slowMode, { seconds: 5 })
  await chat.send('one')
  for (let second = 4; second > 0; second--) {
    await chat.clock.advance(1000)
    expect(await chat.send('again')).toMatchObject({
      reason: `Slow mode: one message in 5 s. Try again in ${second} s.`,
    })
  }
  await chat.clock.advance(1000)
  expect(await chat.send('now')).toMatchObject(stored)
})

test('several messages in a window, over all that a user sends', async () => {
  const config = { seconds: 60, messages: 2, per: 'sender' }
  chat = await testServerPlugin(slowMode, config, { users: ['alice', 'bob', 'carol'] })
  expect(await chat.send('one')).toMatchObject(stored)
  expect(await chat.send('two', { to: 'carol' })).toMatchObject(stored)
  expect(await chat.send('three')).toEqual(
    refused('Slow mode: 2 messages in 60 s. Try again in 60 s.'),
  )
})

test('of many that are sent at once one is the first', async () => {
  chat = await testServerPlugin(slowMode)
  const { send } = chat
  const sent = await Promise.all(Array.from({ length: 10 }, (_, at) => send(String(at))))
  expect(sent.filter(({ kind }) => kind === 'stored')).toHaveLength(1)
  expect(await chat.received()).toHaveLength(1)
})

test('users who are excepted send as they like, however their name is written', async () => {
  chat = await testServerPlugin(slowMode, { except: ['Alice'] })
  for (const text of ['one', 'two', 'three']) expect(await chat.send(text)).toMatchObject(stored)
})

test('a message that is sent again because its answer was lost is not counted again', async () => {
  chat = await testServerPlugin(slowMode)
  const id = '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d'
  expect(await chat.send('one', { id })).toEqual({ kind: 'stored', id })
  expect(await chat.send('one', { id })).toEqual({ kind: 'stored', id })
  expect(await chat.received()).toHaveLength(1)
})

test('what it counted is gone when the window is over', async () => {
  chat = await testServerPlugin(slowMode)
  await chat.send('one')
  expect((await chat.storage.list()).map(({ key }) => key)).toEqual([
    'count/alice/bob',
    'until/alice/bob',
  ])
  await chat.clock.advance(10_000)
  expect(await chat.storage.list()).toEqual([])
})

test.each([
  [{ seconds: 0 }],
  [{ seconds: '10' }],
  [{ messages: 1.5 }],
  [{ per: 'server' }],
  [{ second: 10 }],
])('a config that it does not understand stops the start: %j', async (config) => {
  await expect(testServerPlugin(slowMode, config)).rejects.toMatchObject({
    members: { plugin_code: 'plugin_bad_config' },
  })
})

test('it conforms', async () => {
  await conformance(slowMode)
})
