import type { Member } from '../../../../src/drivers/kafka/tail/fetch-session.ts'
import { makeCopier } from '../../../../src/drivers/lanes/copy/copier.ts'
import { silentLog } from '../../../../src/ports/index.ts'

type Deps = Parameters<typeof makeCopier>[0]

/** One lane with one record, and a database whose first write is never answered. */
function copierOn(insertMany: (documents: readonly object[]) => Promise<unknown>) {
  const written = Promise.withResolvers<number>()
  const record = {
    offset: 0,
    key: Buffer.from('alice'),
    value: Buffer.from('{}'),
    timestamp: 1_790_000_000_000,
  }
  const deps = {
    lanes: { topicName: 't', topicId: 'id', topic: async () => ({ leaders: [1] }) },
    store: { records: { insertMany }, lanes: { bulkWrite: async () => undefined } },
    floors: { remove: async () => undefined },
    positions: { fetch: async () => 0, learn: (_: number, upTo: number) => written.resolve(upTo) },
    findOffset: async (_topic: string, _lane: number, which: string) => (which === 'first' ? 0 : 1),
    sessionOf: () => ({
      join: (member: Member) =>
        void setImmediate(() => member.onRecords({ records: [record], next: 1 } as never)),
      leave: () => undefined,
    }),
    retentionMs: 1000,
    clock: { now: () => 1_790_000_000_000 },
    log: silentLog,
    onRemovals: () => undefined,
    writeMs: 50,
  } as unknown as Deps
  return { copier: makeCopier(deps), written: written.promise }
}

test('a write that never ends is made again, and keeps nothing from being copied', async () => {
  let calls = 0
  const { copier, written } = copierOn(() => {
    calls += 1
    return calls === 1 ? new Promise(() => undefined) : Promise.resolve()
  })
  copier.copy(new Set([0]))
  expect(await written).toBe(1)
  expect(calls).toBe(2)
  await copier.close()
})

test('nor does it keep the server from stopping', async () => {
  const begun = Promise.withResolvers<void>()
  const { copier } = copierOn(() => {
    begun.resolve()
    return new Promise(() => undefined)
  })
  copier.copy(new Set([0]))
  await begun.promise
  await copier.close()
})
