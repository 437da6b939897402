import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { startLoad } from '../../load/flows.ts'
import { flawless, judge } from '../../load/judge.ts'
import { readMailbox } from '../../load/read-mailbox.ts'
import { startTrial } from '../../load/trial.ts'
import { watchStream } from '../../load/watch-stream.ts'
import { signUp } from '../../setup/account.ts'
import { startCluster } from '../../setup/cluster.ts'
import { topicOf, withAdmin } from '../../setup/kafka-by-others.ts'
import { tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(300_000)

describeWithServices('topic deleted', () => {
  afterAll(tearDown)

  test('a topic deleted by hand under a live stream is made anew, its stream goes on, and others notice nothing', async () => {
    const cluster = await startCluster()
    const { urls } = cluster
    const others = await startTrial({ urls, senders: 2, recipients: 2 })
    const [writer, reader] = [
      await signUp(urls[0] ?? '', 'writer'),
      await signUp(urls[0] ?? '', 'victim'),
    ]
    const stream = await watchStream(reader, urls)
    const send = () => startLoad({ urls, senders: [writer], recipients: ['victim'] })

    const before = send()
    await before.progress(20)
    await before.stop()
    const sawAll = await stream.until(() => stream.records.length >= before.acknowledged.length)
    expect(sawAll).toBe(true)
    // What stands in the topic goes with it, by the word of whoever deletes it; what is acknowledged from now on must not.
    await withAdmin(cluster.kafka.address, (admin) =>
      admin.deleteTopics({ topics: [topicOf('victim')] }),
    )
    // The controller's word reaches the broker a moment later; until then it takes what goes down with the topic.
    await sleep(500)
    const after = send()
    await after.progress(20)
    await after.stop()

    expect(judge(after.acknowledged, await readMailbox(reader))).toMatchObject(flawless)
    const everything = [...before.acknowledged, ...renumbered(after.acknowledged)]
    expect(await stream.until(() => judge(everything, stream.records).lost.length === 0)).toBe(true)
    expect(judge(everything, stream.records)).toMatchObject(flawless)
    await stream.stop()

    const { mailboxes, streams } = await others.finish()
    expect(others.load.refusals).toEqual([])
    expect(mailboxes).toMatchObject(flawless)
    expect(streams).toMatchObject({ ...flawless, acknowledged: mailboxes.acknowledged })
    expect(others.streams.map(({ opened }) => opened)).toEqual([1, 1])
  })
})

/** The second load of the same sender counts on behind the first. */
function renumbered<T extends { readonly number: number }>(messages: readonly T[]): T[] {
  return messages.map((message) => ({ ...message, number: message.number + 1_000_000 }))
}
