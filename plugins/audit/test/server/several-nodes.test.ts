import { expect, test } from '@jest/globals'
import type { Envelope } from '@secure-chat/plugin-sdk/server'
import { makeLogStore } from '../../src/server/log-store.ts'
import { makeRecorder } from '../../src/server/recorder.ts'
import { makeLogCheck } from '../../src/verify/log-check.ts'
import { memoryStorage } from '../support/memory-storage.ts'
import { range } from '../support/served-log.ts'

const dayMs = 86_400_000
const silent = () => undefined
const log = { debug: silent, info: silent, warn: silent, error: silent }

/** Nodes over one storage, and one time for all of them. */
function cluster() {
  const storage = memoryStorage()
  const store = makeLogStore(storage)
  let now = Date.UTC(2026, 10, 23, 12)
  const timers = new Set<{ at: number; run: () => void }>()
  const clock = {
    now: () => now,
    setTimeout(run: () => void, ms: number) {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
  }
  return {
    storage,
    store,
    startNode: (keepDays?: number) =>
      makeRecorder({ clock, log, store, types: ['CHAT_MESSAGE'], keepDays }),
    /** What was due in the meantime happens once. */
    async pass(ms: number) {
      now += ms
      for (const timer of [...timers]) {
        if (timer.at > now) continue
        timers.delete(timer)
        timer.run()
        // All of it is done by promises over a map.
        for (const _ of range(2000)) await Promise.resolve()
      }
    },
    async check(keepDays = 1) {
      const check = makeLogCheck({ keepDays })
      for (const chain of await store.chains()) {
        for await (const { entries } of store.blocks(chain)) {
          for (const entry of entries) check.take(chain, entry)
        }
      }
      return check
    },
  }
}

function envelope(at: number): Envelope {
  const id = `15d607b9-5398-4671-a472-${String(at).padStart(12, '0')}`
  const timestamp = '2026-11-23T12:00:00.000Z'
  return {
    id,
    type: 'CHAT_MESSAGE',
    sender: 'alice',
    recipient: 'bob',
    timestamp,
    message: `m${at}`,
    meta: {},
  }
}

test('nodes that record at once each have a chain, and no message is recorded twice or lost', async () => {
  const { startNode, check } = cluster()
  const nodes = range(3).map(() => startNode())
  for (const at of range(300)) {
    nodes[at % 3]?.record(envelope(at))
    if (at % 10 === 0) await Promise.resolve()
  }
  for (const node of nodes) await node.end()
  const read = await check()
  expect(read.problems()).toEqual([])
  const { chains, entries } = read.summary()
  expect(chains).toHaveLength(3)
  // A start, what it says of others, and an end each.
  expect(entries).toBe(300 + 9)
})

test('a day later each knows where the others stand: a tail that was cut shows, though nobody kept anything', async () => {
  const { startNode, check, pass, store, storage } = cluster()
  const [a, b] = [startNode(), startNode()]
  for (const at of range(5)) {
    a.record(envelope(at))
    b.record(envelope(at + 10))
    await Promise.all([a.flushed(), b.flushed()])
  }
  await pass(dayMs)
  await pass(60_000)
  const tips = await a.tips()
  expect((await check()).problems()).toEqual([])
  for (const { chain, seq } of tips) {
    const keys = (await storage.list(`block/${chain}/`)).map(({ key }) => key)
    expect(keys.length).toBeGreaterThan(3)
    expect(seq).toBeGreaterThan(5)
  }
  const [first] = await store.chains()
  const blocks = await storage.list(`block/${first}/`)
  for (const { key } of blocks.slice(3)) await storage.delete(key)
  expect((await check()).problems()).toMatchObject([{ chain: first }])
})

test('a chain whose node is gone stays vouched for, and is no tip any more', async () => {
  const { startNode, check, pass, store, storage } = cluster()
  const gone = startNode()
  gone.record(envelope(1))
  await gone.flushed()
  const [chain] = await store.chains()
  // Nothing of it goes on: as after a crash.
  storage.values.delete(`alive/${chain}`)
  const next = startNode()
  next.record(envelope(2))
  await next.flushed()
  await pass(60_000)
  storage.values.delete(`alive/${chain}`)
  await pass(dayMs)
  const tips = (await store.tips()).map((tip) => tip.chain)
  expect(tips).toContain((await store.chains())[1])
  for (const { key } of await storage.list(`block/${chain}/`)) await storage.delete(key)
  expect((await check()).problems()).toMatchObject([
    { chain, text: expect.stringContaining('whole chain') },
  ])
})

test('old entries go once, whichever node it does, and what stays hangs together', async () => {
  const { startNode, check, pass, storage } = cluster()
  const nodes = [startNode(5), startNode(5)]
  for (const day of range(20)) {
    for (const node of nodes) node.record(envelope(day))
    await pass(60_000)
    await pass(dayMs - 60_000)
    const read = await check(5)
    expect(read.problems()).toEqual([])
  }
  const read = await check(5)
  expect(read.summary().chains.map(({ first }) => first > 10)).toEqual([true, true])
  const turns = (await storage.list('turn/')).map(({ value }) => value)
  expect(new Set(turns)).toEqual(new Set([2]))
})
