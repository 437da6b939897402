import { randomBytes } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { makeNonceMemory } from '../../../src/domain/sessions/nonce-memory.ts'
import { makeVirtualClock } from '../../../src/virtual-clock.ts'

const nonce = () => randomBytes(12).toString('base64url')
const keepMs = 240_000

test('knows a nonce of a session again for 240 s, whatever else is used meanwhile', async () => {
  const clock = makeVirtualClock(1_000_000)
  const memory = makeNonceMemory({ clock, keepMs })
  for (let round = 0; round < 20; round++) {
    const used = nonce()
    expect(memory.use('session', used, clock.now())).toBe('fresh')
    for (let step = 0; step < 11; step++) {
      await clock.advance(20_000)
      memory.use('session', nonce(), clock.now())
      expect(memory.use('session', used, clock.now())).toBe('seen')
    }
    await clock.advance(round * 7_000)
  }
})

test('remembers by the monotonic clock: setting the wall clock forgets nothing', async () => {
  const clock = makeVirtualClock(1_000_000)
  const memory = makeNonceMemory({ clock, keepMs })
  const used = nonce()
  memory.use('session', used, clock.now())
  clock.setNow(9_000_000_000)
  memory.use('other', nonce(), clock.now())
  expect(memory.use('session', used, clock.now())).toBe('seen')
})

test('keeps sessions apart', () => {
  const memory = makeNonceMemory({ clock: makeVirtualClock(), keepMs })
  const used = nonce()
  expect(memory.use('one', used, 1)).toBe('fresh')
  expect(memory.use('two', used, 1)).toBe('fresh')
})

test('past its cap a session loses its oldest times, never the knowledge that a nonce was used', () => {
  const clock = makeVirtualClock(1_000_000)
  const memory = makeNonceMemory({ clock, keepMs, cap: 10 })
  const used: Array<[string, number]> = []
  for (let i = 0; i < 100; i++) {
    const one: [string, number] = [nonce(), clock.now() + i]
    expect(memory.use('busy', ...one)).toBe('fresh')
    used.push(one)
  }
  for (const one of used) expect(memory.use('busy', ...one)).not.toBe('fresh')
  expect(memory.use('quiet', nonce(), clock.now())).toBe('fresh')
})
