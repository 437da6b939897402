import { describe, expect, test } from '@jest/globals'
import {
  type Chat,
  type ChatClient,
  type CliPlugin,
  defineCliPlugin,
  openClient,
  z,
} from '@secure-chat/plugin-sdk/cli'

const minimal: CliPlugin = { name: 'minimal', apiVersion: 1 }

describe('defineCliPlugin', () => {
  test('makes a hook that hands over the plugin as it is', async () => {
    const hook = defineCliPlugin(minimal)
    const handedOver: unknown = await Reflect.apply(hook, undefined, [{}])
    expect(handedOver).toBe(minimal)
  })

  test('takes every part of the contract, handlers at once or by a promise', () => {
    const all: CliPlugin = {
      ...minimal,
      transformOutgoing: { band: 'early', handler: async (text) => text },
      transformIncoming: { handler: (message) => ({ ...message, text: message.text.trim() }) },
      renderers: [(message, theme) => (message.kind === 'text' ? theme.bold('x') : undefined)],
      slashCommands: [
        {
          name: 'poll',
          describe: 'start a poll',
          complete: (typed) => [typed],
          run: async ([question], chat) => {
            await chat.sendKind('x-poll', { question })
          },
        },
      ],
      kinds: {
        'x-poll': {
          parse: (body) => z.object({ question: z.string() }).parse(body),
          text: (body) => String(body),
        },
      },
      on: {
        opened: (chat) => chat.notice('hello'),
        keyChanged: ({ proved }, chat) => chat.notice(proved ? 'new key' : 'who is this?'),
      },
    }
    expect(typeof defineCliPlugin(all)).toBe('function')
  })
})

describe('does not compile', () => {
  test('a wrong name of a part, or of a hook', () => {
    // @ts-expect-error there is no transformOutgoings
    defineCliPlugin({ ...minimal, transformOutgoings: { handler: (text: string) => text } })
    // @ts-expect-error there is no onOpen
    defineCliPlugin({ ...minimal, on: { onOpen: () => undefined } })
  })

  test('a wrong return type', () => {
    // @ts-expect-error text only
    defineCliPlugin({ ...minimal, transformOutgoing: { handler: () => 42 } })
    // @ts-expect-error null does not hide
    defineCliPlugin({ ...minimal, transformIncoming: { handler: () => null } })
    // @ts-expect-error renderers answer at once
    defineCliPlugin({ ...minimal, renderers: [async () => 'text'] })
  })

  test('another version, an unknown band, a kind without its x-', () => {
    // @ts-expect-error version 1 is what there is
    defineCliPlugin({ name: 'late', apiVersion: 2 })
    // @ts-expect-error first is no band
    defineCliPlugin({ ...minimal, transformOutgoing: { band: 'first', handler: (t) => t } })
    // @ts-expect-error poll is not x-poll
    defineCliPlugin({ ...minimal, kinds: { poll: { parse: (b) => b, text: () => '' } } })
  })

  test('a change of a message in place, or a call that is not there', () => {
    const misuse = (chat: Chat, client: ChatClient) => {
      // @ts-expect-error it is read-only
      chat.peer = 'mallory'
      // @ts-expect-error keys are not for plugins
      return [chat.keys, client.keys]
    }
    expect(misuse).toBeInstanceOf(Function)
  })
})

describe('openClient', () => {
  test('says where it works when there is no program around it', async () => {
    const config: Parameters<typeof openClient>[0] = Object.create({ options: { root: '/' } })
    await expect(openClient(config)).rejects.toThrow('works inside secure-chat only')
  })
})
