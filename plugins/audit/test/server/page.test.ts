import { expect, test } from '@jest/globals'
import type { Entry, Head, Statement } from '../../src/format/entry.ts'
import { makeLogStore } from '../../src/server/log-store.ts'
import { readPage } from '../../src/server/page.ts'
import { memoryStorage } from '../support/memory-storage.ts'
import { chainOf, envelope, first, range, second } from '../support/served-log.ts'

async function storeOf(blocks: readonly Entry[][]) {
  const store = makeLogStore(memoryStorage())
  for (const [head, ...rest] of blocks) if (head) await store.write([head, ...rest])
  return store
}

/** Every page from the last entry of the one before, as a reader asks. */
async function pages(store: Awaited<ReturnType<typeof storeOf>>, limit: number) {
  const found = []
  let from = 0
  for (;;) {
    const page = await readPage(store, second, { from, limit })
    found.push(page)
    if (!page.more) return found
    const next = page.entries.at(-1)?.seq ?? 0
    if (next === from && found.length > 1) throw new Error('it makes no progress')
    from = next
  }
}

test.each([1, 7, 100])(
  'blocks of %d entries come page by page, each with the last of the one before',
  async (size) => {
    const entries = chainOf(
      second,
      range(650).map((at) => envelope(at)),
    )
    const blocks = range(Math.ceil(entries.length / size)).map((at) =>
      entries.slice(at * size, (at + 1) * size),
    )
    const found = await pages(await storeOf(blocks), 200)
    for (const page of found) expect(page.entries.length).toBeLessThanOrEqual(200)
    const all = found.flatMap((page, at) => (at === 0 ? page.entries : page.entries.slice(1)))
    expect(all).toEqual(entries)
  },
)

test('a page of large entries stays small enough to be read', async () => {
  const heads: Head[] = range(200).map((seq) => ({ chain: first, seq, hash: 'ab'.repeat(32) }))
  const large: Statement = { kind: 'pruned', before: '2026-08-01T00:00:00.000Z', heads }
  const entries = chainOf(
    second,
    range(300).map(() => large),
  )
  const found = await pages(await storeOf(entries.map((entry) => [entry])), 1000)
  expect(found.length).toBeGreaterThan(1)
  for (const page of found) expect(JSON.stringify(page).length).toBeLessThan(4 * 1024 * 1024)
  expect(new Set(found.flatMap((page) => page.entries.map(({ seq }) => seq))).size).toBe(301)
})
