import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { conformance, type StartedChat, testCliPlugin } from '@secure-chat/plugin-sdk/testing'
import markdown from '../src/chat.ts'

// A server, two accounts with keys of their own, and a chat.
jest.setTimeout(120_000)

let chat: StartedChat
beforeAll(async () => {
  chat = await testCliPlugin(markdown)
})
afterAll(() => chat.close())

test('only the look changes: the other side gets what was typed', async () => {
  await chat.enter('- one\n- **two**')
  expect((await chat.peer.received()).map(({ text }) => text)).toEqual(['- one\n- **two**'])
  const [shown] = chat.lines.filter(({ direction }) => direction === 'out')
  expect(shown?.text).toMatch(/^\s*\* one\n\s*\* two$/)
})

test('it conforms', async () => {
  await conformance(markdown)
})
