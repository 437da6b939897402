import { expect, test } from '@jest/globals'
import type { Chat, ChatMessage, CliPlugin } from '@secure-chat/plugin-sdk/cli'
import hook from '../src/chat.ts'

/** As the program asks for it. */
async function plugin(): Promise<CliPlugin> {
  return Reflect.apply(hook, undefined, [{}])
}

function chatThatRemembers() {
  const sent: string[] = []
  const told: string[] = []
  const chat: Chat = {
    me: 'alice',
    peer: 'bob',
    trust: 'pinned',
    send: async (text) => ({ id: String(sent.push(text)) }),
    sendKind: async () => ({ id: '' }),
    history: async () => [],
    notice: (text) => void told.push(text),
  }
  return { chat, sent, told }
}

const message: ChatMessage = {
  id: 'a',
  from: 'bob',
  to: 'alice',
  at: '2026-11-23T08:00:00.000Z',
  direction: 'in',
  kind: 'text',
  text: ':wave: there',
  body: { text: ':wave: there' },
  meta: {},
  trust: 'pinned',
}

test('replaces what goes out and what comes in, and no other kinds', async () => {
  const { transformOutgoing, transformIncoming } = await plugin()
  const { chat } = chatThatRemembers()
  expect(await transformOutgoing?.handler(':wave: there', chat)).toBe('👋 there')
  expect(await transformIncoming?.handler(message, chat)).toEqual({ ...message, text: '👋 there' })
  const other = { ...message, kind: 'x-poll' }
  expect(await transformIncoming?.handler(other, chat)).toBe(other)
})

test('/emoji sends the one that is named, and lists those with the word in them', async () => {
  const [command] = (await plugin()).slashCommands ?? []
  const { chat, sent, told } = chatThatRemembers()
  await command?.run(['tada'], chat)
  await command?.run([':rocket:'], chat)
  await command?.run(['rock'], chat)
  await command?.run(['xyzzy'], chat)
  expect(sent).toEqual(['🎉', '🚀'])
  expect(told).toEqual([expect.stringContaining('🚀 :rocket:'), 'no emoji for "xyzzy"'])
})
