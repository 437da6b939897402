import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { flawless } from '../../load/judge.ts'
import { startTrial } from '../../load/trial.ts'
import { send } from '../../setup/account.ts'
import { startCluster } from '../../setup/cluster.ts'
import { eventually } from '../../setup/eventually.ts'
import { makeHome } from '../../setup/scratch.ts'
import { canMount, mountSmallDisk, unmountSmallDisks } from '../../setup/small-disk.ts'
import { tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(300_000)

const onSmallDisk = canMount() ? test : test.skip
if (!canMount()) process.stderr.write("SKIPPED, only root may mount: the broker's disk is full\n")

describeWithServices("broker's disk full", () => {
  afterAll(async () => {
    unmountSmallDisks()
    await tearDown()
  })

  onSmallDisk(
    'a broker whose disk fills up under load: 503 until it has room and runs again, everything acknowledged is there',
    async () => {
      const home = makeHome()
      const disk = mountSmallDisk(home, 64)
      const folder = join(home.folder, 'kafka')
      mkdirSync(folder, { mode: 0o700 })
      symlinkSync(disk.folder, join(folder, 'logs'))
      const cluster = await startCluster({ kafka: { folder } })
      const trial = await startTrial({ urls: cluster.urls })
      await trial.load.progress(20)
      disk.fill()
      const fullAt = Date.now()
      await eventually('everybody is refused', 30_000, () => {
        return trial.load.sentSince(fullAt).refusals.length >= trial.load.width
      })
      const { refusals } = trial.load.sentSince(fullAt)
      expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['queue_unavailable']))
      for (const url of cluster.urls) {
        expect(await send(url, 'GET', '/readyz', undefined)).toMatchObject({
          status: 503,
          code: 'queue_unavailable',
        })
      }
      // A broker without a disk to write to halts, as Kafka does it; its operator makes room and starts it.
      await cluster.kafka.kill()
      disk.free()
      await cluster.kafka.start()
      await trial.load.progress(20)
      const { mailboxes, streams } = await trial.finish()
      expect(mailboxes).toMatchObject(flawless)
      expect(streams).toMatchObject({ ...flawless, acknowledged: mailboxes.acknowledged })
    },
  )
})
