/** Two servers on the same brokers: what one does the other sees. */

import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { describeWithServices, sharedKafka } from '@secure-chat/e2e/services'
import type { MessageQueue } from '../../../src/ports/index.ts'
import { codeIn, follow, newUser, readAll, record } from '../queue-rules/kit.ts'
import { type Others, othersAt, topicOf } from './by-others.ts'
import { openTestQueue } from './open-test-queue.ts'

jest.setTimeout(180_000)

describeWithServices('two nodes on one Kafka', () => {
  let a: MessageQueue
  let b: MessageQueue
  let others: Others

  beforeAll(async () => {
    const { port } = await sharedKafka()
    a = await openTestQueue(port)
    b = await openTestQueue(port)
    others = othersAt(port)
  })
  afterAll(async () => {
    await Promise.all([a.close(), b.close(), others.close()])
  })

  test('a message sent on one reaches a tail on the other, with the same cursor on both', async () => {
    const user = newUser()
    await a.createMailbox(user)
    const follower = follow(b, user, await b.end(user))
    await a.enqueue(user, record('from a'))
    await follower.got(1)
    await b.enqueue(user, record('from b'))
    await follower.got(2)
    expect(follower.messages()).toEqual(['from a', 'from b'])
    const after = follower.items[0]?.cursor
    const page = await a.read(user, { limit: 9, ...(after && { after }) })
    expect(page.items).toEqual(follower.items.slice(1))
    follower.tail.close()
  })

  test('a mailbox removed on one ends the tails on the other', async () => {
    const user = newUser()
    await a.createMailbox(user)
    const [live, paused] = [follow(b, user, await b.end(user)), follow(b, user, await b.end(user))]
    await a.enqueue(user, record('live'))
    await Promise.all([live.got(1), paused.got(1)])
    paused.tail.pause()
    await a.removeMailbox(user)
    const last = await live.ended
    expect(last.kind === 'error' && codeIn(last.error)).toBe('no_such_user')
    paused.tail.resume()
    const lastOfPaused = await paused.ended
    expect(lastOfPaused.kind === 'error' && codeIn(lastOfPaused.error)).toBe('no_such_user')
  })

  test('a mailbox made anew elsewhere is another one: old tails are sent to its start, no message is missed', async () => {
    const user = newUser()
    await a.createMailbox(user)
    const follower = follow(b, user, await b.end(user))
    await a.enqueue(user, record('before'))
    await follower.got(1)
    await others.admin.deleteTopics({ topics: [topicOf(user)] })
    await sleep(50)
    await a.createMailbox(user)
    await a.enqueue(user, record('after'))
    const last = await follower.ended
    if (last.kind !== 'expired') throw new Error('The tail was to be told where to go on.')
    const found = await readAll(b, user, { after: last.resume })
    expect(found.map(({ message }) => message)).toEqual(['after'])
  })

  test('writers on both keep their own order, and nothing is lost', async () => {
    const user = newUser()
    await a.createMailbox(user)
    const numbers = Array.from({ length: 100 }, (_, index) => index)
    await Promise.all(
      numbers.flatMap((number) => [
        a.enqueue(user, record(`a ${number}`, { sender: 'a' })),
        b.enqueue(user, record(`b ${number}`, { sender: 'b' })),
      ]),
    )
    const found = await readAll(a, user)
    for (const sender of ['a', 'b']) {
      const own = found.filter((each) => each.sender === sender).map(({ message }) => message)
      expect(own).toEqual(numbers.map((number) => `${sender} ${number}`))
    }
  })
})
