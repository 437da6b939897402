import { describe, expect, test } from '@jest/globals'
import type { Entry, Statement } from '../../src/format/entry.ts'
import { type ChainWriter, makeChainWriter } from '../../src/server/chain-writer.ts'
import { type LogStore, makeLogStore } from '../../src/server/log-store.ts'
import { makeLogCheck } from '../../src/verify/log-check.ts'
import { memoryStorage } from '../support/memory-storage.ts'
import { envelope, range } from '../support/served-log.ts'

function fixture({ waitingMax = 1000, words = [] as Statement[] } = {}) {
  const storage = memoryStorage()
  const store = makeLogStore(storage)
  const timers: Array<() => void> = []
  const warned: unknown[] = []
  const silent = () => undefined
  const writer = makeChainWriter({
    store,
    types: ['CHAT_MESSAGE'],
    firstWords: async () => words,
    waitingMax,
    log: { debug: silent, info: silent, error: silent, warn: (o) => void warned.push(o) },
    clock: {
      now: () => Date.UTC(2026, 10, 23),
      setTimeout(run) {
        timers.push(run)
        return () => void timers.splice(timers.indexOf(run), 1)
      },
    },
  })
  const retry = async () => {
    for (const run of timers.splice(0)) run()
    await writer.flushed()
  }
  return { storage, store, writer, warned, timers, retry }
}

async function stored(store: LogStore, writer: ChainWriter): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const block of store.blocks(writer.head?.chain ?? '')) entries.push(...block.entries)
  const check = makeLogCheck()
  for (const entry of entries) check.take(entry.chain, entry)
  expect(check.problems()).toEqual([])
  return entries
}

const kinds = (entries: readonly Entry[]) => entries.map(({ kind }) => kind)

test('one that has nothing to say leaves nothing', async () => {
  const { storage, writer } = fixture()
  expect(await writer.end()).toBe(0)
  expect([...storage.values.keys()]).toEqual([])
})

test('begins with its start and what there is to say of others, and ends with its end', async () => {
  const { store, writer } = fixture({ words: [{ kind: 'heads', heads: [] }] })
  writer.append(envelope(1))
  expect(await writer.end()).toBe(0)
  expect(kinds(await stored(store, writer))).toEqual(['start', 'heads', 'envelope', 'end'])
})

test('keeps the order of what comes while it writes, in blocks that fit', async () => {
  const { store, writer } = fixture()
  for (const at of range(250)) writer.append(envelope(at))
  await writer.flushed()
  for (const at of range(250)) {
    writer.append(envelope(at + 250))
    if (at % 7 === 0) await Promise.resolve()
  }
  await writer.end()
  const entries = await stored(store, writer)
  const sizes = entries.flatMap((entry) => (entry.kind === 'envelope' ? [entry.envelope.size] : []))
  expect(sizes).toEqual(range(500).map((at) => at + 700))
  for await (const { entries: block } of store.blocks(writer.head?.chain ?? '')) {
    expect(block.length).toBeLessThanOrEqual(100)
    expect(JSON.stringify(block).length).toBeLessThan(64 * 1024)
  }
})

test('an entry as large as they come fits into a stored value', async () => {
  const { store, writer } = fixture()
  const chain = '20261122T060000000Z-00112233aabb'
  const heads = range(200).map((seq) => ({ chain, seq: seq + 999_999_999, hash: 'ab'.repeat(32) }))
  for (const _ of range(3))
    writer.append({ kind: 'pruned', before: '2026-08-01T00:00:00.000Z', heads })
  await writer.end()
  for await (const { entries: block } of store.blocks(writer.head?.chain ?? '')) {
    expect(JSON.stringify(block).length).toBeLessThan(64 * 1024)
  }
})

describe('while the database is away', () => {
  test('what comes waits, and is written in order when it is back', async () => {
    const { storage, store, writer, warned, retry } = fixture()
    writer.append(envelope(1))
    await writer.flushed()
    storage.isDown = true
    for (const at of range(3)) writer.append(envelope(at + 2))
    await writer.flushed()
    await retry()
    expect(writer.isBehind).toBe(true)
    expect(warned.length).toBe(2)
    storage.isDown = false
    await retry()
    expect(writer.isBehind).toBe(false)
    expect(kinds(await stored(store, writer))).toEqual(['start', ...range(4).map(() => 'envelope')])
  })

  test('what there is no room for is counted, and the count is an entry in its place', async () => {
    const { storage, store, writer, retry } = fixture({ waitingMax: 5 })
    storage.isDown = true
    for (const at of range(12)) writer.append(envelope(at))
    await writer.flushed()
    storage.isDown = false
    await retry()
    writer.append(envelope(99))
    await writer.end()
    const entries = await stored(store, writer)
    expect(kinds(entries)).toEqual([
      'start',
      ...range(5).map(() => 'envelope'),
      'gap',
      'envelope',
      'end',
    ])
    expect(entries.find(({ kind }) => kind === 'gap')).toMatchObject({ missed: 7 })
  })

  test('its end says how many are lost, and waits for nothing', async () => {
    const { storage, writer, timers } = fixture()
    storage.isDown = true
    for (const at of range(3)) writer.append(envelope(at))
    expect(await writer.end()).toBe(4)
    expect(timers).toEqual([])
  })

  test('a start that failed halfway leaves no second chain', async () => {
    const { storage, store, writer, retry } = fixture()
    const set = storage.set
    let calls = 0
    storage.set = async (...given) => {
      calls += 1
      if (calls === 2) throw new Error('away')
      return set(...given)
    }
    writer.append(envelope(1))
    await writer.flushed()
    await retry()
    expect(await store.chains()).toEqual([writer.head?.chain])
    expect(kinds(await stored(store, writer))).toEqual(['start', 'envelope'])
  })
})
