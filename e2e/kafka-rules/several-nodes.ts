import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import type { MessageQueue, UserName } from '@secure-chat/plugin-sdk/server'
import { queueKit } from '@secure-chat/plugin-sdk/testing'
import { describeWithServices, sharedKafka } from '../services/index.ts'
import type { OpenQueue } from './open-queue.ts'
import { type Others, othersAt, topicOf } from './others.ts'

const { codeIn, codeOf, follow, newUser, readAll, record } = queueKit

/** What one node does, or an operator by hand, the others see. */
export function severalNodesRules(open: OpenQueue): void {
  jest.setTimeout(180_000)

  describeWithServices('topics of mailboxes, on two nodes', () => {
    let queue: MessageQueue
    let elsewhere: MessageQueue
    let others: Others
    let user: UserName

    beforeAll(async () => {
      const broker = await sharedKafka()
      queue = await open(broker)
      elsewhere = await open(broker)
      others = await othersAt(broker.address)
    })
    afterAll(async () => {
      await Promise.all([queue.close(), elsewhere.close(), others.close()])
    })
    beforeEach(async () => {
      user = newUser()
      await queue.createMailbox(user)
    })

    const messages = async (of = user) => (await readAll(queue, of)).map(({ message }) => message)

    test('bring what is sent on one to a tail on the other, with the same cursor on both', async () => {
      const follower = follow(elsewhere, user, await elsewhere.end(user))
      await queue.enqueue(user, record('from a'))
      await follower.got(1)
      await elsewhere.enqueue(user, record('from b'))
      await follower.got(2)
      expect(follower.messages()).toEqual(['from a', 'from b'])
      const after = follower.items[0]?.cursor
      const page = await queue.read(user, { limit: 9, ...(after && { after }) })
      expect(page.items).toEqual(follower.items.slice(1))
      follower.tail.close()
    })

    test('that are removed by another node end the tails here, and leave the others alone', async () => {
      const witness = newUser()
      await queue.createMailbox(witness)
      const [live, paused] = [
        follow(queue, user, await queue.end(user)),
        follow(queue, user, await queue.end(user)),
      ]
      const other = follow(queue, witness, await queue.end(witness))
      await queue.enqueueAll(
        [user, witness].map((each) => ({ user: each, record: record('live') })),
      )
      await Promise.all([live.got(1), paused.got(1), other.got(1)])
      paused.tail.pause()
      await elsewhere.removeMailbox(user)
      const last = await live.ended
      expect(last.kind === 'error' && codeIn(last.error)).toBe('no_such_user')
      paused.tail.resume()
      const lastOfPaused = await paused.ended
      expect(lastOfPaused.kind === 'error' && codeIn(lastOfPaused.error)).toBe('no_such_user')
      await queue.enqueue(witness, record('goes on'))
      await other.got(2)
      other.tail.close()
    })

    test('that are made anew are other mailboxes: no message is missed, and no old cursor is taken', async () => {
      const follower = follow(queue, user, await queue.end(user))
      for (const text of ['1', '2', '3']) await queue.enqueue(user, record(text))
      await follower.got(3)
      const old = (await queue.read(user, { limit: 1 })).next
      await others.admin.deleteTopics({ topics: [topicOf(user)] })
      await sleep(50)
      await elsewhere.createMailbox(user)
      for (const text of ['4', '5', '6']) await elsewhere.enqueue(user, record(text))
      const last = await follower.ended
      if (last.kind !== 'expired') throw new Error('The tail was to be told where to go on.')
      const found = await readAll(queue, user, { after: last.resume })
      expect(found.map(({ message }) => message)).toEqual(['4', '5', '6'])
      // It would be a valid offset of the new topic.
      expect(await codeOf(queue.read(user, { limit: 9, after: old }))).toBe('bad_cursor')
      expect(await messages()).toEqual(['4', '5', '6'])
    })

    test('that were removed by hand are made by the next message, and keep no other message waiting', async () => {
      const users = [user, newUser(), newUser()]
      for (const each of users) await queue.enqueue(each, record('before'))
      await others.admin.deleteTopics({ topics: [topicOf(user)] })
      await Promise.all(users.map((each) => queue.enqueue(each, record('after'))))
      expect(await messages()).toEqual(['after'])
      for (const each of users.slice(1)) expect(await messages(each)).toEqual(['before', 'after'])
    })

    test('are written by several nodes, each in its own order', async () => {
      const numbers = Array.from({ length: 100 }, (_, index) => index)
      await Promise.all(
        numbers.flatMap((number) => [
          queue.enqueue(user, record(`a ${number}`, { sender: 'a' })),
          elsewhere.enqueue(user, record(`b ${number}`, { sender: 'b' })),
        ]),
      )
      const found = await readAll(queue, user)
      for (const sender of ['a', 'b']) {
        const own = found.filter((each) => each.sender === sender).map(({ message }) => message)
        expect(own).toEqual(numbers.map((number) => `${sender} ${number}`))
      }
    })
  })
}
