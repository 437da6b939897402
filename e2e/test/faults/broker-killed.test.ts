import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { flawless } from '../../load/judge.ts'
import { startTrial } from '../../load/trial.ts'
import { startCluster } from '../../setup/cluster.ts'
import { eventually } from '../../setup/eventually.ts'
import { tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(300_000)

describeWithServices('broker killed', () => {
  afterAll(tearDown)

  test('kill -9 of the broker under load: nothing acknowledged is lost or reordered, no node is restarted', async () => {
    const cluster = await startCluster()
    const pids = cluster.nodes.map(({ pid }) => pid)
    const trial = await startTrial({ urls: cluster.urls })
    await trial.load.progress(20)
    await cluster.kafka.kill()
    const downAt = Date.now()
    await eventually('everybody is refused', 30_000, () => {
      return trial.load.sentSince(downAt).refusals.length >= trial.load.width
    })
    const { acknowledged, refusals } = trial.load.sentSince(downAt)
    expect(acknowledged).toEqual([])
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['queue_unavailable']))
    await cluster.kafka.start()
    await trial.load.progress(20)
    const { mailboxes, streams } = await trial.finish()
    expect(mailboxes).toMatchObject(flawless)
    expect(streams).toMatchObject({ ...flawless, acknowledged: mailboxes.acknowledged })
    expect(cluster.nodes.map(({ pid }) => pid)).toEqual(pids)
  })
})
