import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { isChatError, type UserName } from '@secure-chat/protocol'
import type { LanesQueue } from '../../../src/drivers/lanes/index.ts'
import { follow, newUser, readAll, record } from '../queue-rules/kit.ts'
import { type OwnLanes, ownLanes } from './own-lanes.ts'

jest.setTimeout(60_000)

const dayMs = 86_400_000

describeWithServices('retention of lanes', () => {
  let lanes: OwnLanes
  let queue: LanesQueue
  let now: number
  const clock = { now: () => now }

  beforeEach(async () => {
    // In the past, since Kafka takes nothing from the future.
    now = Date.now() - 10 * dayMs
    lanes = await ownLanes(1)
    const topics = { ...lanes.options.topics, retentionMs: dayMs }
    queue = await lanes.open({ clock, topics, tidyEveryMs: 20 })
  })
  afterEach(() => lanes.close())

  const send = (user: UserName, text: string) =>
    queue.enqueue(user, record(text, { timestamp: new Date(now).toISOString() }))

  /** Until the first records of a user are gone. */
  async function reachLength(user: UserName, length: number): Promise<void> {
    for (;;) {
      // It may be overtaken between two pages.
      const found = await readAll(queue, user).catch((error: unknown) => {
        if (!isChatError(error, 'cursor_expired')) throw error
      })
      if (found !== undefined && found.length <= length) return
      await sleep(20)
    }
  }

  test('removes what is older than it allows, and nothing younger', async () => {
    const user = newUser()
    await send(user, 'old')
    now += dayMs / 2
    await send(user, 'young')
    now += dayMs / 2 + 1
    await reachLength(user, 1)
    expect((await readAll(queue, user)).map(({ message }) => message)).toEqual(['young'])
  })

  test('expires the cursors of those who missed something, of nobody else', async () => {
    const [loser, other] = [newUser(), newUser()]
    const start = { loser: await queue.end(loser), other: await queue.end(other) }
    for (const text of ['1', '2']) await send(loser, text)
    const { items } = await queue.read(loser, { limit: 2 })
    now += dayMs / 2
    await send(loser, '3')
    await send(other, 'kept')
    now += dayMs / 2 + 1
    await reachLength(loser, 1)

    for (const after of [start.loser, items[0]?.cursor ?? start.loser]) {
      const error: unknown = await queue.read(loser, { limit: 9, after }).catch((e) => e)
      expect(error).toMatchObject({ code: 'cursor_expired' })
      const { resume } = (error as { members: { resume: typeof after } }).members
      expect(await readAll(queue, loser, { after: resume })).toHaveLength(1)
      expect(await follow(queue, loser, after).ended).toEqual({ kind: 'expired', resume })
    }
    // It had seen the last of those that went.
    const seen = items[1]?.cursor ?? start.loser
    expect(await readAll(queue, loser, { after: seen })).toHaveLength(1)
    expect(await readAll(queue, other, { after: start.other })).toHaveLength(1)
  })

  test('ends a paused tail that it overtakes, and leaves a live one alone', async () => {
    const user = newUser()
    const start = await queue.end(user)
    const [paused, live] = [follow(queue, user, start), follow(queue, user, start)]
    await send(user, 'seen')
    await Promise.all([paused.got(1), live.got(1)])
    paused.tail.pause()
    await send(user, 'missed')
    await live.got(2)
    now += dayMs + 1
    await reachLength(user, 0)
    paused.tail.resume()
    expect(await paused.ended).toMatchObject({ kind: 'expired' })
    await send(user, 'after')
    await live.got(3)
    expect(live.messages()).toEqual(['seen', 'missed', 'after'])
    live.tail.close()
  })

  test('takes from the old end only: what is old behind something young stays with it', async () => {
    const user = newUser()
    await queue.enqueue(user, record('young', { timestamp: new Date(now).toISOString() }))
    const old = new Date(now - dayMs / 2).toISOString()
    await queue.enqueue(user, record('old by its time', { timestamp: old }))
    const witness = newUser()
    await queue.enqueue(witness, record('old', { timestamp: old }))
    now += dayMs / 2 + 1
    await reachLength(witness, 0)
    expect(await readAll(queue, user)).toHaveLength(2)
    now += dayMs / 2
    await reachLength(user, 0)
  })

  test('gets through thousands of records', async () => {
    const users = [newUser(), newUser()]
    const timestamp = new Date(now).toISOString()
    for (const user of users) {
      await queue.enqueueAll(
        Array.from({ length: 2500 }, (_, index) => ({
          user,
          record: record(String(index), { timestamp }),
        })),
      )
    }
    while ((await queue.lag()) > 0);
    now += dayMs + 1
    for (const user of users) await reachLength(user, 0)
  })
})
