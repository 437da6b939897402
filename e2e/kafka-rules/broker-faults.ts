import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import type { MessageQueue, QueueRecord, UserName } from '@secure-chat/plugin-sdk/server'
import { queueKit } from '@secure-chat/plugin-sdk/testing'
import { describeWithServices, type Service, startKafka } from '../services/index.ts'
import type { OpenQueue } from './open-queue.ts'

const { codeOf, follow, newUser, readAll, record } = queueKit

/** The time in which a caller must have an answer, and something for a busy machine. */
const answerMs = 5000 + 3000

type Sent = { readonly user: UserName; readonly record: QueueRecord }

/**
 * A broker that stops, hangs or comes back: nothing acknowledged is lost, nobody waits long, nothing needs a restart.
 * The broker that `open` is given may be one that does not answer.
 */
export function brokerFaultRules(open: OpenQueue): void {
  jest.setTimeout(180_000)

  describeWithServices('a broker that fails', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secure-chat-kafka-'))
    let broker: Service
    let queue: MessageQueue

    beforeAll(async () => {
      broker = await startKafka({ folder })
    })
    afterAll(async () => {
      await broker?.stop()
      rmSync(folder, { recursive: true, force: true })
    })
    beforeEach(async () => {
      queue = await open(broker)
    })
    afterEach(() => queue?.close())

    /** Sends one after the other to each user, each until it is acknowledged; `stop` answers what was, in order. */
    function startSenders(users: readonly UserName[]) {
      const acknowledged: Sent[] = []
      let slowestMs = 0
      let isStopping = false
      const loops = users.map(async (user) => {
        for (let number = 0; !isStopping; number += 1) {
          const each = record(String(number))
          for (;;) {
            const start = performance.now()
            const code = await codeOf(queue.enqueue(user, each))
            slowestMs = Math.max(slowestMs, performance.now() - start)
            if (String(code) === 'resolved') break
            expect(code).toBe('queue_unavailable')
            if (isStopping) return
            await sleep(20)
          }
          acknowledged.push({ user, record: each })
        }
      })
      return {
        acknowledged,
        slowest: () => slowestMs,
        async stop() {
          isStopping = true
          await Promise.all(loops)
        },
      }
    }

    /** Each acknowledged record is there, first copies in the order of the calls; repeats only with the same id. */
    async function expectKept(users: readonly UserName[], acknowledged: readonly Sent[]) {
      for (const user of users) {
        const ids = [...new Set((await readAll(queue, user)).map(({ id }) => id))]
        const own = acknowledged.filter((sent) => sent.user === user).map((sent) => sent.record.id)
        const known = new Set(own)
        expect(ids.filter((id) => known.has(id))).toEqual(own)
      }
    }

    async function newMailboxes(count: number): Promise<UserName[]> {
      const users = Array.from({ length: count }, () => newUser())
      await Promise.all(users.map((user) => queue.createMailbox(user)))
      return users
    }

    test('killed under load and started again: what was acknowledged is there in its order, and tails go on', async () => {
      const users = await newMailboxes(10)
      const [followed = newUser()] = users
      const follower = follow(queue, followed, await queue.end(followed))
      const senders = startSenders(users)
      await follower.got(20)
      for (let round = 0; round < 2; round += 1) {
        await broker.kill()
        await sleep(500)
        broker = await startKafka({ folder })
        const before = senders.acknowledged.length
        await until(() => senders.acknowledged.length > before + 100)
      }
      await senders.stop()
      expect(senders.slowest()).toBeLessThan(answerMs)
      await expectKept(users, senders.acknowledged)
      const last = senders.acknowledged.findLast(({ user }) => user === followed)?.record.id
      await until(() => follower.items.some((item) => item.record.id === last))
      const inQueue = await readAll(queue, followed)
      expect(follower.items.map((item) => item.record.id)).toEqual(
        inQueue.slice(0, follower.items.length).map(({ id }) => id),
      )
      follower.tail.close()
    })

    test('that hangs is refused in time by every call, and goes on by itself', async () => {
      const users = await newMailboxes(5)
      const [user = newUser()] = users
      const start = await queue.end(user)
      const follower = follow(queue, user, start)
      const senders = startSenders(users)
      await follower.got(5)
      broker.pause()
      await sleep(1000)
      const fresh = newUser()
      const calls = [
        () => queue.enqueue(user, record('while it hangs')),
        () => queue.enqueueAll(users.map((each) => ({ user: each, record: record('to all') }))),
        () => queue.read(user, { limit: 10 }),
        () => queue.end(user),
        () => queue.check(),
        () => queue.createMailbox(fresh),
        () => queue.enqueue(fresh, record('to a new one')),
        () => queue.removeMailbox(newUser()),
      ]
      await Promise.all(
        calls.map(async (call) => {
          const begun = performance.now()
          expect(await codeOf(call())).toBe('queue_unavailable')
          expect(performance.now() - begun).toBeLessThan(answerMs)
        }),
      )
      await sleep(4000)
      broker.resume()
      const before = senders.acknowledged.length
      await until(() => senders.acknowledged.length > before + 100)
      await senders.stop()
      expect(senders.slowest()).toBeLessThan(answerMs)
      await expectKept(users, senders.acknowledged)
      const count = (await readAll(queue, user, { after: start })).length
      await until(() => follower.items.length >= count)
      await queue.check()
      follower.tail.close()
    })

    test('that is not there yet keeps no server from opening, which works as soon as it comes', async () => {
      await broker.kill()
      const early = await open(broker)
      const user = newUser()
      const begun = performance.now()
      expect(await codeOf(early.enqueue(user, record('too early')))).toBe('queue_unavailable')
      expect(await codeOf(early.check())).toBe('queue_unavailable')
      expect(performance.now() - begun).toBeLessThan(2 * answerMs)
      broker = await startKafka({ folder })
      await until(
        async () => String(await codeOf(early.enqueue(user, record('now')))) === 'resolved',
      )
      await early.close()
    })

    test('closing while it hangs ends in time', async () => {
      const [user = newUser()] = await newMailboxes(1)
      broker.pause()
      const write = codeOf(queue.enqueue(user, record('never answered')))
      const begun = performance.now()
      await queue.close()
      expect(performance.now() - begun).toBeLessThan(answerMs)
      expect(await write).toBe('queue_unavailable')
      broker.resume()
    })
  })
}

/** Asks again until it is so; the test's own time is the bound. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20)
}
