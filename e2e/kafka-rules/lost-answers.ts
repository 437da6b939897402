import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import type { MessageQueue } from '@secure-chat/plugin-sdk/server'
import { queueKit } from '@secure-chat/plugin-sdk/testing'
import { describeWithServices, freePorts, type Service, startKafka } from '../services/index.ts'
import type { OpenQueue } from './open-queue.ts'

const { codeOf, follow, newUser, readAll, record } = queueKit

const produceKey = 0

/** A network that takes a request to the broker and loses the answer: nobody knows, and yet nothing may come twice. */
export function lostAnswerRules(open: OpenQueue): void {
  jest.setTimeout(180_000)

  describeWithServices('answers that are lost', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secure-chat-kafka-lost-'))
    let broker: Service
    let network: Server
    let queue: MessageQueue
    const sockets = new Set<Socket>()
    /** So many answers to produce requests are still to be lost. */
    let toLose = 0
    /** Both sides of them believe to be connected, and nothing gets through. */
    const swallowing = new Set<Socket>()

    beforeAll(async () => {
      const [port = 0] = await freePorts(1)
      broker = await startKafka({
        folder,
        properties: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}` },
      })
      network = createServer((near) => {
        const far = connect(broker.port, '127.0.0.1')
        let isLosing = false
        for (const socket of [near, far]) {
          sockets.add(socket)
          socket.on('error', () => undefined).on('close', () => [near, far].map((s) => s.destroy()))
        }
        near.on('data', (bytes) => {
          if (swallowing.has(near)) return
          isLosing = toLose > 0 && bytes.length > 6 && bytes.readInt16BE(4) === produceKey
          far.write(bytes)
        })
        far.on('data', (bytes) => {
          if (swallowing.has(near)) return
          if (!isLosing) return near.write(bytes)
          toLose -= 1
          near.destroy()
        })
      })
      await new Promise<void>((resolve) => network.listen(port, '127.0.0.1', resolve))
      queue = await open({ address: `127.0.0.1:${port}`, port })
    })
    afterAll(async () => {
      await queue?.close()
      network?.close()
      for (const socket of sockets) socket.destroy()
      await broker?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    test('make no message twice, and keep the order of the calls', async () => {
      const users = [newUser(), newUser(), newUser()]
      await Promise.all(users.map((user) => queue.createMailbox(user)))
      for (let round = 0; round < 10; round += 1) {
        toLose = 1 + (round % 2)
        await Promise.all(
          users.flatMap((user) =>
            ['a', 'b', 'c'].map((text) => queue.enqueue(user, record(`${round} ${text}`))),
          ),
        )
        expect(toLose).toBe(0)
      }
      const expected = Array.from({ length: 10 }, (_, round) =>
        ['a', 'b', 'c'].map((text) => `${round} ${text}`),
      ).flat()
      for (const user of users) {
        expect((await readAll(queue, user)).map(({ message }) => message)).toEqual(expected)
      }
    })
    test('for longer than a caller waits swallow nothing that is sent afterwards under the same numbers', async () => {
      const user = newUser()
      await queue.createMailbox(user)
      await queue.enqueue(user, record('before'))
      toLose = Number.POSITIVE_INFINITY
      const refused = record('of unknown end')
      expect(await codeOf(queue.enqueue(user, refused))).toBe('queue_unavailable')
      toLose = 0
      for (const text of ['after', 'and after']) await queue.enqueue(user, record(text))
      const found = await readAll(queue, user)
      const sure = found.filter(({ id }) => id !== refused.id).map(({ message }) => message)
      expect(sure).toEqual(['before', 'after', 'and after'])
      // It may be there, as nobody knew, and not twice.
      const ids = found.map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
    })
    test('because connections are dead without a word end those, and new ones go on', async () => {
      const user = newUser()
      const follower = follow(queue, user, await queue.end(user))
      await queue.enqueue(user, record('before'))
      await follower.got(1)
      for (const socket of sockets) swallowing.add(socket)
      const again = async () => {
        for (;;) {
          const code = await codeOf(queue.enqueue(user, record('after')))
          if (String(code) === 'resolved') return
          expect(code).toBe('queue_unavailable')
        }
      }
      await again()
      // What was refused may have come as well.
      await follower.got(2)
      expect(follower.messages().at(-1)).toBe('after')
      follower.tail.close()
    })
  })
}
