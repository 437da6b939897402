import { expect, test } from '@jest/globals'
import type { Account, LiveEvent, StoredMessage } from '@secure-chat/client'
import { makeLiveFeed } from '../../src/chat/live-feed.ts'
import { makeSender } from '../../src/chat/sender.ts'
import { makeTranscript } from '../../src/chat/transcript.ts'
import { makeLinearView } from '../../src/chat/view/linear-view.ts'

const own = (id: string, state: StoredMessage['state']): StoredMessage => ({
  id,
  from: 'alice',
  to: 'bob',
  at: '2026-11-23T08:00:00.000Z',
  direction: 'out',
  kind: 'text',
  text: `line ${id}`,
  body: { text: `line ${id}` },
  re: null,
  meta: {},
  state,
  reason: null,
  trust: 'pinned',
  notices: [],
  unread: false,
})

/** A chat in the plain form over a vault that the test fills, as this or another process would. */
function openChat() {
  const vault = new Map<string, StoredMessage>()
  const sent = Promise.withResolvers<void>()
  const said: string[] = []
  const account = {
    async send() {
      vault.set('mine', own('mine', 'queued'))
      await sent.promise
      vault.set('mine', own('mine', 'sent'))
      return { id: 'mine', to: 'bob', at: '', state: 'sent' as const }
    },
    messages: () => [...vault.values()],
    outbox: { list: () => [] },
    markRead: () => undefined,
  } as unknown as Account
  const output = { write: (text: string) => said.push(text.replace(/^\d\d:\d\d /, '').trim()) }
  const view = makeLinearView({
    stdout: output,
    stderr: output,
    isPlain: true,
    oneLine: (text) => text,
  })
  const transcript = makeTranscript(view, () => undefined)
  const sender = makeSender({
    account,
    peer: 'bob',
    view,
    transcript,
    transform: async (text) => text,
    explain: String,
  })
  const feed = makeLiveFeed({
    account,
    peer: 'bob',
    view,
    transcript,
    transform: async (message) => message,
    afterSending: (show) => sender.afterSending(show),
    onIncoming: () => undefined,
    onMessage: () => undefined,
    onPresence: () => undefined,
    isSaid: () => false,
    onKeyChanged: () => undefined,
  })
  const lines = () => said.filter((line) => !line.startsWith('--'))
  return { vault, sent, sender, feed, lines }
}

const kept = (message: StoredMessage): LiveEvent => ({ type: 'message', message })
const became = (id: string, state: StoredMessage['state']): LiveEvent => ({
  type: 'delivery',
  id,
  to: 'bob',
  state,
})

test('a line on its way is shown once, with what became of it, however slow sending is', async () => {
  const { sent, sender, feed, lines } = openChat()
  sender.say('line mine')
  await new Promise(setImmediate)
  await feed(kept(own('mine', 'queued')))
  expect(lines()).toEqual([])
  sent.resolve()
  await sender.settle(1_000)
  await feed(became('mine', 'sent'))
  expect(lines()).toEqual(['you (stored): line mine'])
  await feed(became('mine', 'delivered'))
  expect(lines()).toEqual(['you (stored): line mine', 'your line is delivered'])
})

test('a line of another process is shown as it stands by then, also behind one of ours', async () => {
  const { vault, sent, sender, feed, lines } = openChat()
  vault.set('theirs', own('theirs', 'queued'))
  sender.say('line mine')
  await feed(kept(own('theirs', 'queued')))
  vault.set('theirs', own('theirs', 'sent'))
  await feed(became('theirs', 'sent'))
  sent.resolve()
  await sender.settle(1_000)
  await new Promise(setImmediate)
  expect(lines()).toEqual(['you (stored): line mine', 'you (stored): line theirs'])
})

test('news of a line that is not shown says nothing: nobody could tell which', async () => {
  const { feed, lines } = openChat()
  await feed(became('long ago', 'read'))
  expect(lines()).toEqual([])
})
