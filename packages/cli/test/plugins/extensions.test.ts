import { expect, test } from '@jest/globals'
import type { StoredMessage } from '@secure-chat/client'
import type { CliPlugin } from '@secure-chat/plugin-sdk/cli'
import { extensionsOf } from '../../src/plugins/extensions.ts'

const hostile = 'no \x1b]0;owned\x07 reason\x1b[2J'
const fail = (): never => {
  throw new Error(hostile)
}

/** The words of an error are often those of a message: of whoever sent it. */
const plugin: CliPlugin = {
  name: 'faulty',
  apiVersion: 1,
  renderers: [fail],
  slashCommands: [{ name: 'oops', describe: hostile, complete: fail, run: fail }],
  on: { opened: fail, closed: async () => fail(), presence: fail, keyChanged: fail },
}

const message: StoredMessage = {
  id: 'a',
  from: 'bob',
  to: 'alice',
  at: '2026-11-23T08:00:00.000Z',
  direction: 'in',
  kind: 'text',
  text: 'hello',
  body: { text: 'hello' },
  re: null,
  meta: {},
  state: 'received',
  reason: null,
  trust: 'pinned',
  notices: [],
  unread: true,
}

test('nothing that a plugin fails with steers a terminal', async () => {
  const told: string[] = []
  const account = { me: { name: 'alice' } } as Parameters<
    ReturnType<typeof extensionsOf>
  >[0]['account']
  const { chatWith, render } = extensionsOf([plugin])({
    account,
    notice: (text) => void told.push(text),
    colour: true,
    columns: 80,
  })
  const { events, slashCommands } = chatWith('bob')
  events.opened()
  events.closed()
  events.presence({ name: 'bob', state: 'away' })
  events.keyChanged({ name: 'bob', proved: false })
  render(message)
  slashCommands[0]?.complete?.('x')
  await new Promise(setImmediate)
  expect(told).toHaveLength(6)
  for (const text of [...told, slashCommands[0]?.describe]) {
    expect(text).toContain('\\u{1b}')
    expect(text).not.toMatch(/[\x00-\x1f]/)
  }
})
