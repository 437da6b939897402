import type { UserName } from '@secure-chat/protocol'
import { makeDirectory } from '../../../src/domain/mailboxes/directory.ts'
import { type Messaging, openMessaging } from '../../support/messaging.ts'

let chat: Messaging
let bob: UserName
beforeEach(async () => {
  chat = await openMessaging()
  bob = (await chat.addUser('bob')).name
})
afterEach(() => chat.close())

/** The directory over the real engine, counting reads; `meanwhile` runs between a read and its answer. */
function countingDirectory(meanwhile: () => Promise<void> = async () => {}) {
  let reads = 0
  const { users, blocks } = chat.database
  const directory = makeDirectory({
    clock: chat.clock,
    blocks,
    users: {
      async find(name) {
        reads++
        const found = await users.find(name)
        await meanwhile()
        return found
      },
    },
  })
  return { directory, reads: () => reads }
}

test('asks the database once for many at once, and again after two seconds', async () => {
  const { directory, reads } = countingDirectory()
  await Promise.all(Array.from({ length: 50 }, () => directory.find(bob)))
  await chat.clock.advance(1999)
  expect(directory.cached(bob)?.name).toBe(bob)
  await directory.find(bob)
  expect(reads()).toBe(1)
  await chat.clock.advance(1)
  expect(directory.cached(bob)).toBeUndefined()
  await directory.find(bob)
  expect(reads()).toBe(2)
})

test('does not keep what was read before a change, however slow the read', async () => {
  const { directory } = countingDirectory(async () => {
    await chat.database.users.remove(bob)
    directory.forget(bob)
  })
  await directory.find(bob)
  expect(directory.cached(bob)).toBeUndefined()
})

test('keeps nothing of names that are not there, so that probing fills no memory', async () => {
  const { directory, reads } = countingDirectory()
  for (let i = 0; i < 3; i++) expect(await directory.find('nobody' as UserName)).toBeUndefined()
  expect(reads()).toBe(3)
})

test('a failed read is tried again at the next call', async () => {
  let isDown = true
  const { directory } = countingDirectory(async () => {
    if (isDown) throw new Error('down')
  })
  await expect(directory.find(bob)).rejects.toThrow('down')
  isDown = false
  expect((await directory.find(bob))?.name).toBe(bob)
})
