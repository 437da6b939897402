import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { Contributions } from '@secure-chat/plugin-sdk/server'
import { type ServerPluginTest, testServerPlugin } from '@secure-chat/plugin-sdk/testing'
import pushWebhook from '../src/server.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { newSecret, until } from './support.ts'

// Each test starts a whole server.
jest.setTimeout(60_000)

let receiver: Receiver
let chat: ServerPluginTest
beforeEach(async () => {
  receiver = await startReceiver()
  const config = { url: receiver.url, secrets: [newSecret()] }
  const users = ['alice', 'bob', 'carol']
  chat = await testServerPlugin(twoNodes, config, { users })
  await chat.setPresence('bob', 'offline')
})
afterEach(async () => {
  await chat.close()
  await receiver.close()
})

/** The plugin of two servers over one storage: what alice sends is stored by the one, the rest by the other. */
const twoNodes: typeof pushWebhook = {
  ...pushWebhook,
  async create(ctx, config): Promise<Contributions> {
    const nodes = [await pushWebhook.create(ctx, config), await pushWebhook.create(ctx, config)]
    return {
      onEnvelopeStored: {
        types: config.types,
        async handler(envelope, call) {
          const node = nodes[envelope.sender === 'alice' ? 0 : 1]
          await node?.onEnvelopeStored?.handler(envelope, call)
        },
      },
      async close() {
        for (const node of nodes) await node.close?.()
      },
    }
  },
}

const waiting = async () => (await chat.storage.list('notice/')).map(({ value }) => Object(value))

test('two servers tell of a user’s messages no more often than one', async () => {
  await chat.send('one')
  await receiver.request(1)
  await until(async () => (await waiting()).length === 0)
  for (const from of ['carol', 'alice', 'carol']) await chat.send('more', { from })
  await until(async () => (await waiting()).length === 1)
  await chat.clock.advance(59_999)
  expect(receiver.requests).toHaveLength(1)
  await chat.clock.advance(1)
  await receiver.request(2)
  await until(async () => (await waiting()).length === 0)
  await chat.clock.advance(300_000)
  expect(receiver.requests).toHaveLength(2)
})

test('a notice that both know of is sent by one', async () => {
  receiver.answer((response) => response.writeHead(503, { 'retry-after': '130' }).end())
  await chat.send('one')
  await until(async () => (await waiting())[0]?.tries === 1)
  // Meanwhile the other has found it in storage.
  await chat.clock.advance(130_000)
  await receiver.request(2)
  await until(async () => (await waiting()).length === 0)
  await chat.clock.advance(300_000)
  expect(receiver.requests).toHaveLength(2)
})
