import { expect, test } from '@jest/globals'
import type { LiveEvent, StoredMessage } from '@secure-chat/client'
import { follow } from '../../src/services/listen.ts'

const said: StoredMessage = {
  id: '6f1ed002-ab59-4a5e-8f9d-2f4d4ee5b1c7',
  from: 'bob',
  to: 'alice',
  at: '2026-11-23T14:03:21.512Z',
  direction: 'in',
  kind: 'text',
  text: 'said',
  body: { text: 'said' },
  re: null,
  meta: {},
  state: 'received',
  reason: null,
  trust: 'pinned',
  notices: [],
  unread: true,
}

const extensions = {
  incoming: async (message: StoredMessage) => message,
  render: () => undefined,
}

async function* live(): AsyncGenerator<LiveEvent> {
  yield { type: 'message', message: { ...said, id: 'remark', kind: 'notice', text: 'a remark' } }
  yield { type: 'message', message: said }
}

test('prints a remark of the program as no message, and counts it as none', async () => {
  const records: unknown[] = []
  await follow({
    account: { live },
    extensions,
    from: 'bob',
    exec: undefined,
    count: 1,
    output: { record: (value) => records.push(value), notice: () => {} },
  })
  expect(records).toEqual([
    { type: 'system', event: 'notice', name: 'bob', text: 'a remark' },
    expect.objectContaining({ type: 'message', text: 'said' }),
  ])
})

test('hands no remark of the program to a command', async () => {
  const notices: string[] = []
  await follow({
    account: { live },
    extensions,
    from: undefined,
    exec: 'grep -q remark && exit 9; exit 0',
    count: undefined,
    output: { record: () => {}, notice: (text) => notices.push(text) },
  })
  expect(notices).toEqual([])
})

test('a message that a plugin failed on is a remark, told on stderr beside a command', async () => {
  const failing = {
    ...extensions,
    incoming: async (message: StoredMessage) => ({ ...message, kind: 'notice', text: 'failed' }),
  }
  async function* once(): AsyncGenerator<LiveEvent> {
    yield { type: 'message', message: said }
  }
  const records: unknown[] = []
  const notices: string[] = []
  const output = {
    record: (value: unknown) => records.push(value),
    notice: (text: string) => notices.push(text),
  }
  const options = { account: { live: once }, extensions: failing, from: undefined, output }
  await follow({ ...options, exec: undefined, count: undefined })
  await follow({ ...options, exec: 'exit 9', count: undefined })
  expect(records).toEqual([{ type: 'system', event: 'plugin_failed', name: 'bob', text: 'failed' }])
  expect(notices).toEqual(['failed'])
})
