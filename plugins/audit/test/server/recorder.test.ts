import { expect, test } from '@jest/globals'
import type { Entry } from '../../src/format/entry.ts'
import { makeLogStore } from '../../src/server/log-store.ts'
import { makeRecorder } from '../../src/server/recorder.ts'
import { memoryStorage } from '../support/memory-storage.ts'
import { chainOf, envelope, first, range } from '../support/served-log.ts'

/** A node that starts when a chain of another one, long gone, is older than what is kept. */
async function startBeside(old: readonly Entry[]) {
  const storage = memoryStorage()
  const store = makeLogStore(storage)
  await store.register(first)
  await store.write(old as [Entry, ...Entry[]])
  await store.setTip(first, old.length)
  const timers: Array<() => void> = []
  const warned: unknown[] = []
  const silent = () => undefined
  const recorder = makeRecorder({
    store,
    types: ['CHAT_MESSAGE'],
    keepDays: 5,
    log: { debug: silent, info: silent, error: silent, warn: (o) => void warned.push(o) },
    clock: {
      now: () => Date.UTC(2026, 11, 10),
      setTimeout(run) {
        timers.push(run)
        return () => void timers.splice(timers.indexOf(run), 1)
      },
    },
  })
  const minute = async () => {
    for (const run of timers.splice(0)) run()
    while (timers.length === 0) await new Promise(setImmediate)
  }
  const oldBlocks = () =>
    [...storage.values.keys()].filter((key) => key.startsWith(`block/${first}`))
  return { recorder, store, warned, minute, oldBlocks }
}

test('what is too old is removed a minute later when it could not be removed at once', async () => {
  const old = chainOf(first, [...range(3).map((at) => envelope(at)), { kind: 'end' }])
  const { recorder, store, warned, minute, oldBlocks } = await startBeside(old)
  recorder.record({
    id: '15d607b9-5398-4671-a472-000000000001',
    type: 'CHAT_MESSAGE',
    sender: 'alice',
    recipient: 'bob',
    message: 'sealed',
    timestamp: '2026-12-10T00:00:00.000Z',
    meta: {},
  })
  const { remove } = store
  store.remove = async () => {
    throw new Error('the database is away')
  }
  await minute()
  expect(warned).toHaveLength(1)
  expect(oldBlocks()).toHaveLength(1)
  store.remove = remove
  await minute()
  expect(oldBlocks()).toEqual([])
  await recorder.end()
})
