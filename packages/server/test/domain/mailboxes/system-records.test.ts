import { parseSystemEvent } from '@secure-chat/protocol'
import { type Messaging, openMessaging, readAll } from '../../support/messaging.ts'

let chat: Messaging
beforeEach(async () => {
  chat = await openMessaging()
})
afterEach(() => chat.close())

test('a record to one user has the sender system and its event as JSON', async () => {
  const { name } = await chat.addUser('bob')
  const at = new Date(chat.clock.now()).toISOString()
  await chat.systemRecords.toUser(name, { event: 'session.opened', session_id: 'ab'.repeat(8), at })
  const [record] = await readAll(chat.queue, name)
  expect(record).toMatchObject({ type: 'SYSTEM', sender: 'system', timestamp: at })
  expect(parseSystemEvent(record?.message ?? '')).toEqual({
    event: 'session.opened',
    session_id: 'ab'.repeat(8),
    at,
  })
})

test('contacts of the last 90 days are told, nobody else', async () => {
  const { name: alice } = await chat.addUser('alice')
  const { name: old } = await chat.addUser('old')
  const { name: stranger } = await chat.addUser('stranger')
  await chat.contacts.touch(alice, old)
  await chat.clock.advance(91 * 86_400_000)
  const friends = await Promise.all(
    Array.from({ length: 1100 }, async (_, i) => {
      const { name } = await chat.addUser(`friend${i}`)
      await chat.contacts.touch(name, alice)
      return name
    }),
  )
  await chat.systemRecords.toContacts(alice, { event: 'account.removed', name: alice })
  for (const name of friends) expect(await readAll(chat.queue, name)).toHaveLength(1)
  for (const name of [alice, old, stranger]) expect(await readAll(chat.queue, name)).toEqual([])
})
