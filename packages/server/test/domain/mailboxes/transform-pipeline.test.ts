import { ChatError, type UserName } from '@secure-chat/protocol'
import type { MessageToSend } from '../../../src/domain/mailboxes/send-message.ts'
import type {
  Envelope,
  Transformed,
  TransformPipeline,
} from '../../../src/domain/mailboxes/transform-pipeline.ts'
import {
  codeOf,
  type Messaging,
  openMessaging,
  readAll,
  someProof,
} from '../../support/messaging.ts'

let chat: Messaging
let alice: UserName
let bob: UserName
let carol: UserName

beforeEach(async () => {
  chat = await openMessaging()
  alice = (await chat.addUser('alice')).name
  bob = (await chat.addUser('bob')).name
  carol = (await chat.addUser('carol')).name
})
afterEach(() => chat.close())

function draft(): MessageToSend {
  return {
    sender: alice,
    recipient: bob,
    message: 'sealed',
    id: undefined,
    toKey: undefined,
    proof: someProof(),
    requestId: 'r1',
  }
}

/** A node whose plugins come to this for CHAT_MESSAGE, and what they saw. */
function nodeWith(
  verdict: (envelope: Envelope) => Partial<Transformed> | Promise<Partial<Transformed>>,
) {
  const seen: Envelope[] = []
  const stored: Envelope[] = []
  const pipeline: TransformPipeline = {
    transformOf: (type) =>
      type === 'CHAT_MESSAGE'
        ? async (envelope) => {
            seen.push(envelope)
            return { type: envelope.type, meta: {}, copyTo: [], ...(await verdict(envelope)) }
          }
        : undefined,
    storedOf: () => (envelope) => void stored.push(envelope),
  }
  return { node: chat.otherNode({ pipeline }), seen, stored }
}

test('plugins see a frozen envelope of what will be stored', async () => {
  const { node, seen } = nodeWith(() => ({}))
  const { id, timestamp } = await node.sendMessage(draft())
  expect(seen).toEqual([
    {
      id,
      type: 'CHAT_MESSAGE',
      sender: alice,
      recipient: bob,
      timestamp,
      message: 'sealed',
      meta: {},
    },
  ])
  expect(Object.isFrozen(seen[0])).toBe(true)
  expect(Object.isFrozen(seen[0]?.meta)).toBe(true)
  expect(Object.keys((await readAll(chat.queue, bob))[0] ?? {})).not.toContain('meta')
})

test('annotations and a new type are stored, the ciphertext stays as it was sent', async () => {
  const { node, stored } = nodeWith(() => ({ type: 'x-late', meta: { 'quiet.hours': 'yes' } }))
  await node.sendMessage(draft())
  const record = {
    type: 'x-late',
    meta: { 'quiet.hours': 'yes' },
    message: 'sealed',
    sender: 'alice',
  }
  expect(await readAll(chat.queue, bob)).toMatchObject([record])
  expect(stored).toMatchObject([record])
})

test('a copy goes to each further mailbox once, not to who blocks the sender', async () => {
  const dave = (await chat.addUser('dave')).name
  await chat.blocks.add(dave, alice)
  const { node } = nodeWith(() => ({ copyTo: [carol, carol, bob, dave] }))
  await node.sendMessage(draft())
  const [original] = await readAll(chat.queue, bob)
  expect(await readAll(chat.queue, bob)).toHaveLength(1)
  expect(await readAll(chat.queue, carol)).toEqual([original])
  expect(await readAll(chat.queue, dave)).toEqual([])
})

test('a copy to nobody refuses the message: all or none', async () => {
  const { node, stored } = nodeWith(() => ({ copyTo: [carol, 'nobody'] }))
  expect(await codeOf(node.sendMessage(draft()))).toBe('plugin_failed')
  for (const name of [bob, carol]) expect(await readAll(chat.queue, name)).toEqual([])
  expect(stored).toEqual([])
})

test('a rejection stores nothing and nobody hears of it', async () => {
  const { node, stored } = nodeWith(() => {
    throw new ChatError('rejected_by_plugin', 'Slow mode.', { members: { reason: 'Slow mode.' } })
  })
  expect(await codeOf(node.sendMessage(draft()))).toBe('rejected_by_plugin')
  expect(await readAll(chat.queue, bob)).toEqual([])
  expect(stored).toEqual([])
})

test('an account that goes while plugins think gets no mailbox back', async () => {
  const { node } = nodeWith(async () => {
    await chat.database.users.remove(bob)
    node.directory.forget(bob)
    await chat.queue.removeMailbox(bob)
    return {}
  })
  expect(await codeOf(node.sendMessage(draft()))).toBe('no_such_user')
  expect(await readAll(chat.queue, bob)).toEqual([])
})

test('a refused message is never shown to plugins', async () => {
  const { node, seen } = nodeWith(() => ({}))
  await node.blocks.add(bob, alice)
  expect(await codeOf(node.sendMessage(draft()))).toBe('not_accepted')
  expect(seen).toEqual([])
})
