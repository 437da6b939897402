import { jest } from '@jest/globals'
import { describeWithServices, sharedKafka } from '@secure-chat/e2e/services'
import { compareMailbox, copyMailbox } from '../../../src/migrate/mailboxes.ts'
import type { MessageQueue } from '../../../src/ports/index.ts'
import { openTestQueue } from '../kafka/open-test-queue.ts'
import { newUser, readAll, record } from '../queue-rules/kit.ts'
import { type OwnLanes, ownLanes } from './own-lanes.ts'

jest.setTimeout(60_000)

describeWithServices('moving mailboxes', () => {
  let lanes: OwnLanes
  let inLanes: MessageQueue
  let inTopics: MessageQueue

  beforeAll(async () => {
    const { port } = await sharedKafka()
    lanes = await ownLanes(3)
    inLanes = await lanes.open()
    inTopics = await openTestQueue(port)
  })
  afterAll(async () => {
    await inTopics.close()
    await lanes.close()
  })

  test.each([
    ['topics to lanes', () => [inTopics, inLanes] as const],
    ['lanes to topics', () => [inLanes, inTopics] as const],
    ['lanes to lanes of another number', () => [inLanes, inOtherLanes] as const],
  ])('from %s keeps every record and its order, and goes on where it stopped', async (_, pair) => {
    const [source, target] = pair()
    const users = Array.from({ length: 6 }, () => newUser())
    for (const [index, user] of users.entries()) {
      await source.createMailbox(user)
      await source.enqueueAll(
        Array.from({ length: index * 300 }, (_each, number) => ({
          user,
          record: record(`${number}`, number % 3 ? {} : { meta: { 'a.b': user } }),
        })),
      )
    }
    const { signal } = new AbortController()
    for (const user of users) {
      await copyMailbox({ source, target, user, signal, onCopied: () => undefined })
    }
    const [, first, second] = users
    const late = first ?? newUser()
    await source.enqueue(late, record('late'))
    let copied = 0
    const onCopied = (records: number) => {
      copied += records
    }
    for (const user of users) await copyMailbox({ source, target, user, signal, onCopied })
    expect(copied).toBe(1)
    for (const user of users) {
      const { difference } = await compareMailbox({ source, target, user, signal, keptSince: 0 })
      expect(difference).toBeUndefined()
      expect(await readAll(target, user)).toEqual(await readAll(source, user))
    }
    await target.enqueue(second ?? newUser(), record('not of the source'))
    const after = await compareMailbox({
      source,
      target,
      user: second ?? late,
      signal,
      keptSince: 0,
    })
    expect(after.difference).toBeDefined()
  })

  let others: OwnLanes
  let inOtherLanes: MessageQueue
  beforeAll(async () => {
    others = await ownLanes(7)
    inOtherLanes = await others.open()
  })
  afterAll(() => others.close())
})
