/** The same copying between engines of every kind; the embedded ones alone are in migrate.test.ts. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeAll, expect, test } from '@jest/globals'
import { describeWithServices, sharedKafka } from '@secure-chat/e2e/services'
import type { UserName } from '@secure-chat/protocol'
import { openMongoDatabase } from '../../src/drivers/mongo/index.ts'
import { type Engines, migrate } from '../../src/migrate/index.ts'
import { openTestQueue } from '../drivers/kafka/open-test-queue.ts'
import { ownLanes } from '../drivers/lanes/own-lanes.ts'
import { ownDatabase } from '../drivers/mongo/own-database.ts'
import { codeOf, readAll } from '../drivers/queue-rules/kit.ts'
import { between, clock, closeEngines, closeLater, live, newEngines, peopleOf } from './support.ts'

describeWithServices('a migration on real services', () => {
  afterEach(closeEngines)

  let port: number
  beforeAll(async () => {
    port = (await sharedKafka()).port
  }, 120_000)

  async function onServices(): Promise<Engines> {
    const { url, drop } = await ownDatabase()
    closeLater(drop)
    const database = await openMongoDatabase({ url, clock })
    closeLater(() => database.close())
    const queue = await openTestQueue(port)
    closeLater(() => queue.close())
    return { database, queue }
  }

  const newPeople = () => peopleOf(`-${randomBytes(4).toString('hex')}`)

  async function expectSame(
    source: Engines,
    target: Engines,
    names: readonly UserName[],
  ): Promise<void> {
    for (const name of names) {
      expect(await readAll(target.queue, name)).toEqual(await readAll(source.queue, name))
    }
  }

  test('goes from the embedded engines to MongoDB and topics, to lanes, and back', async () => {
    const names = newPeople()
    const embedded = await newEngines()
    await live(embedded, 40, names)
    const topics = await onServices()
    expect(await migrate(between(embedded, topics))).toMatchObject({ isEqual: true })
    await expectSame(embedded, topics, names)

    const ours = await ownLanes()
    closeLater(() => ours.close())
    const lanes = { database: topics.database, queue: await ours.open() }
    expect(await migrate(between(topics, lanes))).toMatchObject({ isEqual: true })
    await expectSame(topics, lanes, names)

    const back = await newEngines()
    const report = await migrate(between(lanes, back))
    expect(report).toMatchObject({ isEqual: true, messages: { source: 160, target: 160 } })
    await expectSame(embedded, back, names)
    const [ann] = names as [UserName]
    expect(await back.database.users.keyChanges(ann, 20)).toEqual(
      await embedded.database.users.keyChanges(ann, 20),
    )
  }, 120_000)

  test.each([4, 15, 25, 32, 38])(
    'interrupted at its step %i on the way there goes on',
    async (last) => {
      const names = newPeople()
      const [source, target] = [await newEngines(), await onServices()]
      await live(source, 40, names)
      let step = 0
      const interrupted = migrate(
        between(source, target, (_, stop) => {
          if (step === last) stop()
          step += 1
        }),
      )
      expect(await codeOf(interrupted)).toBe('interrupted')
      const [, , gone] = names as [UserName, UserName, UserName]
      await source.queue.removeMailbox(gone)
      await source.database.users.remove(gone)
      expect(await migrate(between(source, target))).toMatchObject({ isEqual: true })
      await expectSame(source, target, names)
    },
    60_000,
  )
})
