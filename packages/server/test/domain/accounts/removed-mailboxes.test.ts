import { ChatError } from '@secure-chat/protocol'
import { makeRemovedMailboxes } from '../../../src/domain/accounts/removed-mailboxes.ts'
import { type Messaging, openMessaging, readAll } from '../../support/messaging.ts'

let chat: Messaging
beforeEach(async () => {
  chat = await openMessaging()
})
afterEach(() => chat.close())

const record = {
  id: 'a',
  type: 'CHAT_MESSAGE',
  sender: 'alice',
  message: 'from a node that has not heard of it',
  timestamp: '2026-11-23T18:00:00.000Z',
}

test('a mailbox that another node makes anew after the removal goes too, once all nodes know', async () => {
  const { queue, clock } = chat
  const { name } = await chat.addUser('bob')
  const removed = makeRemovedMailboxes({ queue, clock })
  await removed.remove(name)
  await queue.enqueue(name, record)
  await removed.sweep()
  expect(await readAll(queue, name)).toHaveLength(1)
  await clock.advance(10_000)
  await removed.sweep()
  expect(await readAll(queue, name)).toEqual([])
})

test('what the queue could not remove is removed when it is back', async () => {
  const { clock } = chat
  const { name } = await chat.addUser('bob')
  await chat.queue.enqueue(name, record)
  let isDown = true
  const removed = makeRemovedMailboxes({
    clock,
    queue: {
      removeMailbox: (user) =>
        isDown
          ? Promise.reject(new ChatError('queue_unavailable'))
          : chat.queue.removeMailbox(user),
    },
  })
  await expect(removed.remove(name)).rejects.toMatchObject({ code: 'queue_unavailable' })
  await clock.advance(10_000)
  await expect(removed.sweep()).rejects.toMatchObject({ code: 'queue_unavailable' })
  isDown = false
  await removed.sweep()
  expect(await readAll(chat.queue, name)).toEqual([])
})
