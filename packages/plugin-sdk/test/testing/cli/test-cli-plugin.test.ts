import { jest } from '@jest/globals'
import { type CliPlugin, defineCliPlugin } from '../../../src/cli/index.ts'
import { type StartedChat, testCliPlugin } from '../../../src/testing/index.ts'

// A server, two accounts with keys of their own, and a chat.
jest.setTimeout(120_000)

const heard: string[] = []

const poll: CliPlugin = {
  name: 'poll',
  apiVersion: 1,
  transformOutgoing: {
    handler(text) {
      if (text === 'refuse') throw new Error('not this')
      return text.replaceAll(':)', '☺')
    },
  },
  transformIncoming: {
    handler: (message) =>
      message.text === 'hide' ? undefined : { ...message, text: `${message.text}!` },
  },
  renderers: [
    (message, theme) =>
      message.kind === 'x-poll' ? theme.bold(`Poll: ${message.text}`) : undefined,
  ],
  kinds: {
    'x-poll': {
      parse: (body) => body,
      text: (body) => String(Reflect.get(Object(body), 'question')),
    },
  },
  slashCommands: [
    {
      name: 'poll',
      describe: 'ask',
      complete: (typed) => ['today', 'tomorrow'].filter((word) => word.startsWith(typed)),
      async run([question = ''], chat) {
        await chat.sendKind('x-poll', { question })
        chat.notice(`asked ${question}`)
      },
    },
  ],
  on: {
    opened: (chat) => void heard.push(`opened ${chat.peer}`),
    closed: () => void heard.push('closed'),
    keyChanged: ({ name, proved }, { trust }) =>
      void heard.push(`${name} ${proved ? 'proved' : 'lost'} their key: ${trust}`),
  },
}

let chat: StartedChat
beforeAll(async () => {
  chat = await testCliPlugin(defineCliPlugin(poll))
})

test('what is typed is transformed, encrypted, and decrypted by the peer', async () => {
  await chat.enter('hello :)')
  expect(await chat.peer.received()).toMatchObject([
    { text: 'hello ☺', direction: 'in', from: 'alice' },
  ])
  expect(chat.lines).toMatchObject([{ text: 'hello ☺', direction: 'out' }])
})

test('a transform that throws leaves the text with its writer', async () => {
  await chat.enter('refuse')
  expect(chat.drafts).toEqual(['refuse'])
  expect(chat.notices.at(-1)).toMatch(/The plugin poll failed in transformOutgoing: not this/)
})

test('what the peer sends is transformed, hidden, rendered', async () => {
  for (const text of ['hide', 'hi']) await chat.peer.send(text)
  await chat.peer.sendKind('x-poll', { question: 'when' })
  await chat.until(() => chat.lines.some(({ text }) => text.startsWith('Poll')))
  expect(chat.lines.filter(({ direction }) => direction === 'in').map(({ text }) => text)).toEqual([
    'hi!',
    'Poll: when!',
  ])
})

test('slash commands run and complete', async () => {
  await chat.enter('/poll tomorrow')
  expect((await chat.peer.received()).at(-1)).toMatchObject({
    kind: 'x-poll',
    body: { question: 'tomorrow' },
  })
  expect(chat.notices.at(-1)).toBe('poll: asked tomorrow')
  expect(chat.complete('poll', 'to')).toEqual(['today', 'tomorrow'])
})

test('the peer has another key, which the old one vouches for, or nothing does', async () => {
  const before = (await chat.peer.received()).length
  await chat.peer.changeKey()
  await chat.peer.send('a new key')
  await chat.until(() => chat.lines.some(({ text }) => text === 'a new key!'))
  await chat.enter('seen')
  await chat.peer.changeKey({ proved: false })
  await chat.peer.send('a lost key')
  await chat.until(() => chat.lines.some(({ text }) => text === 'a lost key!'))
  await chat.enter('to whom?')
  expect(chat.drafts.at(-1)).toBe('to whom?')
  await chat.enter('/trust')
  await chat.enter('to you')
  expect((await chat.peer.received()).slice(before).map(({ text }) => text)).toEqual([
    'seen',
    'to you',
  ])
})

test('events tell of the beginning, of keys and of the end', async () => {
  const events = ['opened bob', 'bob proved their key: pinned', 'bob lost their key: changed']
  expect(heard).toEqual(events)
  await chat.close()
  expect(heard).toEqual([...events, 'closed'])
})

test('what is no plugin, and two of one name, are named', async () => {
  await expect(testCliPlugin({ ...poll, apiVersion: 2 as never })).rejects.toMatchObject({
    code: 'plugin_error',
  })
  await expect(testCliPlugin(poll, poll)).rejects.toThrow(/both claim|twice/)
})
