import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import type { LanesQueue } from '../../../src/drivers/lanes/index.ts'
import { codeIn, codeOf, follow, newUser, readAll, record } from '../queue-rules/kit.ts'
import { type OwnLanes, ownLanes } from './own-lanes.ts'

jest.setTimeout(60_000)

describeWithServices('two nodes on the same lanes', () => {
  let lanes: OwnLanes
  let a: LanesQueue
  let b: LanesQueue

  beforeAll(async () => {
    lanes = await ownLanes()
    // At the same moment, with nothing there: both make what is missing.
    ;[a, b] = await Promise.all([lanes.open(), lanes.open()])
  })
  afterAll(() => lanes.close())

  test('each read at once what the other one acknowledged', async () => {
    const user = newUser()
    for (let count = 1; count <= 20; count += 1) {
      await (count % 2 ? a : b).enqueue(user, record(String(count)))
      expect(await readAll(count % 2 ? b : a, user)).toHaveLength(count)
    }
  })

  test('deliver to their tails what came by the other one, under the same cursors', async () => {
    const user = newUser()
    const start = await a.end(user)
    const followers = [follow(a, user, start), follow(b, user, start)]
    for (const [index, text] of ['1', '2', '3', '4'].entries()) {
      await (index % 2 ? a : b).enqueue(user, record(text))
    }
    await Promise.all(followers.map((follower) => follower.got(4)))
    const { items } = await b.read(user, { limit: 9 })
    for (const follower of followers) {
      expect(follower.items).toEqual(items)
      follower.tail.close()
    }
  })

  test('end their tails, live and paused, when the other one removes the mailbox', async () => {
    const user = newUser()
    const start = await b.end(user)
    const [live, paused] = [follow(b, user, start), follow(b, user, start)]
    await a.enqueue(user, record('x'))
    await Promise.all([live.got(1), paused.got(1)])
    paused.tail.pause()
    await a.removeMailbox(user)
    for (const { ended } of [live, paused]) {
      const last = await ended
      expect(last.kind === 'error' && codeIn(last.error)).toBe('no_such_user')
    }
  })

  test('see nothing of a removed mailbox, and take its cursors for those of another one', async () => {
    const user = newUser()
    for (const text of ['1', '2', '3']) await a.enqueue(user, record(text))
    const { items } = await b.read(user, { limit: 3 })
    const [first] = items
    const after = first?.cursor ?? (await b.end(user))
    await a.removeMailbox(user)
    await b.createMailbox(user)
    for (const node of [a, b]) {
      expect(await readAll(node, user)).toEqual([])
      expect(await codeOf(node.read(user, { limit: 1, after }))).toBe('bad_cursor')
    }
    await b.enqueue(user, record('anew'))
    for (const node of [a, b]) {
      expect((await readAll(node, user)).map(({ message }) => message)).toEqual(['anew'])
    }
  })

  test('copy everything between them, and what one copied the other one does not lack', async () => {
    const users = Array.from({ length: 30 }, () => newUser())
    await Promise.all(users.map((user) => a.enqueue(user, record(user))))
    while ((await b.lag()) > 0);
    for (const user of users) expect(await readAll(b, user)).toHaveLength(1)
  })

  test('have the lanes of one that goes: nothing waits for it', async () => {
    const c = await lanes.open()
    await c.close()
    const user = newUser()
    await a.enqueue(user, record('x'))
    while ((await b.lag()) > 0);
    expect(await readAll(b, user)).toHaveLength(1)
  })
})
