import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { makeCommandRecorder, servedBy } from '../mongo/command-recorder.ts'
import { newUser, readAll, record } from '../queue-rules/kit.ts'
import { ownLanes } from './own-lanes.ts'

jest.setTimeout(60_000)

const dayMs = 86_400_000

describeWithServices('commands to MongoDB', () => {
  test('of lanes all have an index that finds what they ask for', async () => {
    const recorder = makeCommandRecorder()
    const lanes = await ownLanes(2)
    let now = Date.now() - 10 * dayMs
    const queue = await lanes.open({
      connect: recorder.connect,
      clock: { now: () => now },
      topics: { ...lanes.options.topics, retentionMs: dayMs },
      tidyEveryMs: 10,
    })
    const users = [newUser(), newUser()] as const
    const timestamp = new Date(now).toISOString()
    for (const user of users) await queue.enqueue(user, record('x', { timestamp }))
    expect(await readAll(queue, users[0])).toHaveLength(1)
    await queue.removeMailbox(users[0])
    while ((await queue.lag()) > 0) await sleep(5)
    now += 2 * dayMs
    while ((await readAll(queue, users[1])).length > 0) await sleep(5)
    await queue.close()

    const byId = [['_id', 1]] as const
    const indexes = new Map([
      ['mailboxes', [[byId[0]], [['expires_at', 1]]] as const],
      ['mailbox_floors', [[byId[0]], [['clear_before', 1]]] as const],
      ['mailbox_lanes', [[byId[0]]] as const],
      ['mailbox_nodes', [[byId[0]]] as const],
    ])
    const asked = recorder.asked().filter(({ collection }) => collection.startsWith('mailbox'))
    expect(new Set(asked.map(({ collection }) => collection))).toEqual(new Set(indexes.keys()))
    for (const each of asked) {
      const found = servedBy(each, indexes.get(each.collection) ?? [])
      expect([each, found.length > 0]).toEqual([each, true])
    }
    await lanes.close()
  })
})
