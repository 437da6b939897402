import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import type { UserName } from '@secure-chat/protocol'
import type { Portion } from '../../../src/drivers/lanes/copy/followed-lane.ts'
import { writePortions } from '../../../src/drivers/lanes/copy/write-portions.ts'
import { makeFloors } from '../../../src/drivers/lanes/floors.ts'
import type { LanesQueue } from '../../../src/drivers/lanes/index.ts'
import { type LaneStore, openLaneStore } from '../../../src/drivers/lanes/store.ts'
import { follow, newUser, readAll, record } from '../queue-rules/kit.ts'
import { type OwnLanes, ownLanes } from './own-lanes.ts'

jest.setTimeout(60_000)

describeWithServices('copying of lanes', () => {
  let lanes: OwnLanes
  let queue: LanesQueue
  let store: LaneStore

  beforeEach(async () => {
    lanes = await ownLanes(1)
    queue = await lanes.open()
    store = await openLaneStore(lanes.options.databaseUrl)
  })
  afterEach(async () => {
    await store.close()
    await lanes.close()
  })

  const copied = async () => {
    while ((await queue.lag()) > 0) await sleep(5)
  }

  /** As another node would copy the lane that has these texts from its first offset on. */
  function portionOf(user: UserName, texts: readonly string[]): Portion {
    const records = texts.map((text, offset) => ({
      offset,
      timestamp: Date.now(),
      key: Buffer.from(user),
      value: Buffer.from(JSON.stringify(record(text))),
    }))
    return { lane: 0, records, bytes: 0, upTo: texts.length }
  }

  const writeLate = (portion: Portion) =>
    writePortions({
      store,
      floors: makeFloors(store),
      retentionMs: lanes.options.topics.retentionMs,
      now: Date.now(),
      portions: [portion],
    })

  const count = () => store.records.countDocuments({ _id: { $gt: '' } })

  test('may be repeated by a node that is late: nothing is there twice, and no lane goes back', async () => {
    const user = newUser()
    const texts = ['1', '2', '3', '4', '5']
    for (const text of texts) await queue.enqueue(user, record(text))
    await copied()
    await writeLate(portionOf(user, texts.slice(0, 3)))
    expect(await count()).toBe(5)
    expect(await queue.lag()).toBe(0)
    expect((await readAll(queue, user)).map(({ message }) => message)).toEqual(texts)
  })

  test('by a node that is late brings back nothing of a removed mailbox', async () => {
    const user = newUser()
    const texts = ['1', '2', '3']
    for (const text of texts) await queue.enqueue(user, record(text))
    await copied()
    await queue.removeMailbox(user)
    while ((await count()) > 0) await sleep(5)
    await copied()
    await writeLate(portionOf(user, texts))
    expect(await readAll(queue, user)).toEqual([])
    await queue.enqueue(user, record('anew'))
    expect((await readAll(queue, user)).map(({ message }) => message)).toEqual(['anew'])
  })

  test('clears away the documents of a removed mailbox, many as they are, and no others', async () => {
    const [user, other] = [newUser(), newUser()]
    const texts = Array.from({ length: 2500 }, (_, index) => String(index))
    await queue.enqueueAll(texts.map((text) => ({ user, record: record(text) })))
    await queue.enqueue(other, record('kept'))
    await queue.removeMailbox(user)
    expect(await readAll(queue, user)).toEqual([])
    await copied()
    while ((await count()) > 1) await sleep(5)
    expect(await readAll(queue, other)).toHaveLength(1)
    expect(await store.floors.findOne({ clear_before: { $gt: 0 } })).toBeNull()
  })

  test('gets through more than a batch and a database message hold', async () => {
    const user = newUser()
    const text = 'x'.repeat(190 * 1024)
    for (let round = 0; round < 30; round += 1) {
      await queue.enqueueAll(Array.from({ length: 10 }, () => ({ user, record: record(text) })))
    }
    await copied()
    expect(await count()).toBe(300)
    const bounds = { limit: 1000, maxBytes: 4 * 1024 * 1024 }
    let page = await queue.read(user, bounds)
    let items = page.items.length
    while (page.more) {
      page = await queue.read(user, { ...bounds, after: page.next })
      expect(page.items.length).toBeLessThan(25)
      items += page.items.length
    }
    expect(items).toBe(300)
  })

  test('of a busy lane keeps no tail from joining it', async () => {
    const noisy = newUser()
    let isOver = false
    const noise = (async () => {
      while (!isOver) {
        await queue.enqueueAll(
          Array.from({ length: 20 }, () => ({ user: noisy, record: record('noise') })),
        )
      }
    })()
    const users = Array.from({ length: 40 }, () => newUser())
    const followers = await Promise.all(
      users.map(async (user) => follow(queue, user, await queue.end(user))),
    )
    for (const text of ['1', '2', '3']) {
      await Promise.all(users.map((user) => queue.enqueue(user, record(`${user} ${text}`))))
      await sleep(100)
    }
    await Promise.all(followers.map((follower) => follower.got(3)))
    isOver = true
    await noise
    for (const [index, follower] of followers.entries()) {
      expect(follower.messages()).toEqual(['1', '2', '3'].map((text) => `${users[index]} ${text}`))
      follower.tail.close()
    }
  })
})
