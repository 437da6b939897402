import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { describeWithServices, type Service, startMongo } from '@secure-chat/e2e/services'
import type { LanesQueue } from '../../../src/drivers/lanes/index.ts'
import { codeOf, follow, newUser, readAll, record } from '../queue-rules/kit.ts'
import { type OwnLanes, ownLanes } from './own-lanes.ts'

jest.setTimeout(120_000)

describeWithServices('MongoDB under lanes', () => {
  let folder: string
  let service: Service
  let lanes: OwnLanes
  let queue: LanesQueue

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secure-chat-mongo-'))
    service = await startMongo({ folder })
    lanes = await ownLanes(2, service)
    queue = await lanes.open()
  })
  afterEach(async () => {
    await lanes.close()
    await service.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What comes first: the answer's code, or the 5 s in which every call must be answered. */
  const answered = (call: Promise<unknown>) =>
    Promise.race([codeOf(call), sleep(5000, 'no answer in 5 s', { ref: false })])

  async function recovered(): Promise<void> {
    while ((await queue.check().catch(() => 'down')) === 'down') await sleep(50)
    while ((await queue.lag().catch(() => 1)) > 0) await sleep(50)
  }

  async function outlives(stop: () => Promise<void> | void, start: () => Promise<void> | void) {
    const user = newUser()
    const follower = follow(queue, user, await queue.end(user))
    await queue.enqueue(user, record('0'))
    await follower.got(1)
    await stop()
    const texts = Array.from({ length: 200 }, (_, index) => String(index + 1))
    for (const text of texts) await queue.enqueue(user, record(text))
    await follower.got(201)
    const calls = [
      queue.read(user, { limit: 1 }),
      queue.end(user),
      queue.removeMailbox(newUser()),
      queue.check(),
    ]
    expect(await Promise.all(calls.map(answered))).toEqual(calls.map(() => 'queue_unavailable'))
    await start()
    await recovered()
    const expected = ['0', ...texts]
    expect((await readAll(queue, user)).map(({ message }) => message)).toEqual(expected)
    expect(follower.messages()).toEqual(expected)
    follower.tail.close()
  }

  test('may be silent: messages are taken and delivered live, reading is refused in 5 s and goes on by itself', () =>
    outlives(service.pause, service.resume))

  test('may be killed: the same', () =>
    outlives(
      () => service.kill(),
      async () => {
        service = await startMongo({ folder })
      },
    ))

  test('lets the server stop while it is silent, and what was acknowledged is read by the next', async () => {
    const user = newUser()
    service.pause()
    await queue.enqueue(user, record('kept'))
    await queue.close()
    service.resume()
    expect(await readAll(await lanes.open(), user)).toHaveLength(1)
  })

  test('takes more than waits in memory when it is back', async () => {
    const user = newUser()
    service.pause()
    const text = 'x'.repeat(100_000)
    for (let round = 0; round < 12; round += 1) {
      await queue.enqueueAll(Array.from({ length: 60 }, () => ({ user, record: record(text) })))
    }
    service.resume()
    await recovered()
    expect(await readAll(queue, user, { limit: 50 })).toHaveLength(720)
  })
})
