import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { conformance, type StartedChat, testCliPlugin } from '@secure-chat/plugin-sdk/testing'
import emoji from '../src/chat.ts'

// A server, two accounts with keys of their own, and a chat.
jest.setTimeout(120_000)

let chat: StartedChat
beforeAll(async () => {
  chat = await testCliPlugin(emoji)
})
afterAll(() => chat.close())

test('the other side gets the emoji, and its names are shown as what they mean', async () => {
  await chat.enter('done :tada:')
  await chat.enter('/emoji rocket')
  expect((await chat.peer.received()).map(({ text }) => text)).toEqual(['done 🎉', '🚀'])
  await chat.peer.send('well :+1:, from `a:b:c`')
  await chat.until(() => chat.lines.some(({ text }) => text === 'well 👍, from `a:b:c`'))
})

test('it conforms', async () => {
  await conformance(emoji)
})
