import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { flawless } from '../../load/judge.ts'
import { residentMiB } from '../../load/memory.ts'
import { expectRefusedInTime } from '../../load/refused-in-time.ts'
import { startTrial } from '../../load/trial.ts'
import { type Account, signUp } from '../../setup/account.ts'
import { startCluster } from '../../setup/cluster.ts'
import { tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(300_000)

const pausedMs = 20_000
/** Beside what it has in use before: a fraction of what is sent to it meanwhile. */
const memoryRiseMiB = 256

describeWithServices('broker paused', () => {
  afterAll(tearDown)

  test('a broker that holds its connections and says nothing: 503 within 5 s, bounded memory, recovery by itself', async () => {
    const cluster = await startCluster()
    const trial = await startTrial({ urls: cluster.urls })
    const writer = await signUp(cluster.nodes[0].url, 'writer')
    await signUp(cluster.nodes[0].url, 'flooded')
    await trial.load.progress(20)
    const before = cluster.nodes.map(({ pid }) => residentMiB(pid))
    cluster.kafka.pause()
    const downAt = Date.now()
    const floods = cluster.urls.map((url) => flood(writer.at(url), downAt + pausedMs))
    const peaks = [...before]
    while (Date.now() < downAt + pausedMs) {
      await sleep(500)
      for (const [index, { pid }] of cluster.nodes.entries()) {
        peaks[index] = Math.max(peaks[index] ?? 0, residentMiB(pid))
      }
    }
    const reading = await measured(() => writer.call('GET', '/chat/messages'))
    const { acknowledged, refusals } = trial.load.sentSince(downAt)
    cluster.kafka.resume()
    expect(acknowledged).toEqual([])
    // Every refusal is an answer. Under this load a busy machine may keep MongoDB waiting too, and that is named then.
    const codes = new Set(refusals.map(({ code }) => code))
    codes.delete('database_unavailable')
    expect(codes).toEqual(new Set(['queue_unavailable']))
    expectRefusedInTime([...refusals.map(({ tookMs }) => tookMs), reading.tookMs])
    expect(reading.answer).toMatchObject({ status: 503 })
    for (const statuses of await Promise.all(floods)) expect(statuses).toEqual(new Set([503]))
    for (const [index, peak] of peaks.entries()) {
      expect(peak - (before[index] ?? 0)).toBeLessThan(memoryRiseMiB)
    }
    await trial.load.progress(20)
    const { mailboxes, streams } = await trial.finish()
    expect(mailboxes).toMatchObject(flawless)
    expect(streams).toMatchObject({ ...flawless, acknowledged: mailboxes.acknowledged })
  })
})

/** 100 calls of 100 kB at a time, one after the other until `end`: what they were answered. */
async function flood(writer: Account, end: number): Promise<Set<number>> {
  const statuses = new Set<number>()
  const message = 'x'.repeat(100_000)
  const one = async () => {
    while (Date.now() < end) {
      const { status } = await writer.call('POST', '/chat/flooded', { message })
      if (Date.now() < end) statuses.add(status)
      // A refusal that comes at once would make this a test of how fast they come.
      await sleep(100)
    }
  }
  await Promise.all(Array.from({ length: 100 }, one))
  return statuses
}

async function measured<T>(work: () => Promise<T>): Promise<{ answer: T; tookMs: number }> {
  const begun = performance.now()
  const answer = await work()
  return { answer, tookMs: performance.now() - begun }
}
