import { makeHook } from '../../src/plugins/calls/hook.ts'
import { makeHookStats } from '../../src/plugins/calls/hook-stats.ts'
import { satisfiesApi } from '../../src/plugins/load/api-range.ts'
import { silentLog } from '../../src/ports/index.ts'

test('a handler that holds the thread beyond its budget is late, whatever it answers', () => {
  let now = 0
  const clock = { now: () => now, monotonic: () => now, setTimeout: () => () => undefined }
  const hook = makeHook({ plugin: 'p', name: 'h', budgetMs: 250, clock, log: silentLog })
  const run = (ms: number) =>
    hook.run(
      () => {
        now += ms
        return 'answer'
      },
      undefined,
      'r1',
      String,
    )
  expect(run(250)).toBe('answer')
  expect(() => run(251)).toThrow('took 251 ms')
  expect([hook.stats.calls, hook.stats.failures, hook.stats.late]).toEqual([2, 1, 1])
})

test('a handler that answers at once is answered at once, and a promise is waited for', async () => {
  const clock = { now: () => 0, monotonic: () => 0, setTimeout: () => () => undefined }
  const hook = makeHook({ plugin: 'p', name: 'h', budgetMs: 250, clock, log: silentLog })
  expect(hook.run(() => 1, undefined, 'r1', String)).toBe('1')
  const later = hook.run(async () => 2, undefined, 'r1', String)
  expect(later).toBeInstanceOf(Promise)
  expect(await later).toBe('2')
})

test('quantiles are of the newest 1,024 calls, and the histogram of all', () => {
  const stats = makeHookStats()
  expect(stats.quantile(0.5)).toBeUndefined()
  for (let i = 0; i < 100; i++) stats.took(5000)
  for (let i = 1; i <= 1024; i++) stats.took(i / 100)
  expect(stats.quantile(0.5)).toBeCloseTo(5.13)
  expect(stats.quantile(0.99)).toBeCloseTo(10.14)
  expect(stats.quantile(1)).toBeCloseTo(10.24)
  expect(stats.histogram().count).toBe(1124)
  expect(stats.histogram().counts.at(-1)).toBe(1124)
})

test.each([
  ['^1', true],
  ['1', true],
  ['1.x', true],
  ['*', true],
  ['', true],
  ['^1.0.0', true],
  ['~1.0', true],
  ['>=1', true],
  ['>=1 <2', true],
  ['>= 0.9 < 1.1', true],
  ['1 - 2', true],
  ['^0.9 || ^1', true],
  ['=1.0.0', true],
  ['<=1.0.0', true],
  ['^2', false],
  ['^1.1', false],
  ['~0.9', false],
  ['^0.1', false],
  ['>1.0.0', false],
  ['>1', false],
  ['<1', false],
  ['0 - 0.9', false],
  ['next', false],
  ['^1.0.0-beta', false],
  ['https://evil.example/x', false],
])('1.0.0 within %s: %s', (range, expected) => {
  expect(satisfiesApi('1.0.0', range)).toBe(expected)
})
