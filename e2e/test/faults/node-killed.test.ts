import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { flawless } from '../../load/judge.ts'
import { startTrial } from '../../load/trial.ts'
import { startCluster } from '../../setup/cluster.ts'
import { tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(300_000)

describeWithServices('node killed', () => {
  afterAll(tearDown)

  test('kill -9 of one of two nodes under load: the other serves everybody, nothing acknowledged is lost', async () => {
    const cluster = await startCluster()
    const trial = await startTrial({ urls: cluster.urls })
    for (const node of cluster.nodes) {
      await trial.load.progress(20)
      await node.kill()
      const downAt = Date.now()
      await trial.load.progress(20)
      // Whoever asked the living one was served: what failed met no server at all.
      const { refusals } = trial.load.sentSince(downAt)
      expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set([undefined]))
      await node.start()
    }
    await trial.load.progress(20)
    const { mailboxes, streams } = await trial.finish()
    expect(mailboxes).toMatchObject(flawless)
    expect(streams).toMatchObject({ ...flawless, acknowledged: mailboxes.acknowledged })
  })
})
