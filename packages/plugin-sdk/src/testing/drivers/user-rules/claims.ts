import { randomUUID } from 'node:crypto'
import type { OpenDatabase } from '../database-under-test.ts'
import { describe, expect, test } from '../suite.ts'
import { now, sharedDatabase } from './kit.ts'

export function claimRules(open: OpenDatabase): void {
  describe('claims', () => {
    const shared = sharedDatabase(open)
    // Engines that clear claims by themselves go by the real time.
    const start = Math.max(now, Date.now())

    test('are given once until they expire', async () => {
      const key = `nonce ${randomUUID()}`
      const claim = (at: number, expiresAt: number) =>
        shared.database.claims.claim(key, { now: at, expiresAt })
      expect(await claim(start, start + 100)).toBe(true)
      expect(await claim(start, start + 500)).toBe(false)
      expect(await claim(start + 99, start + 500)).toBe(false)
      expect(await claim(start + 100, start + 200)).toBe(true)
      expect(await claim(start + 150, start + 500)).toBe(false)
    })

    test('are given to one of many who ask at the same time', async () => {
      const key = `nonce ${randomUUID()}`
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          shared.database.claims.claim(key, { now: start, expiresAt: start + 60_000 }),
        ),
      )
      expect(answers.filter(Boolean)).toHaveLength(1)
    })

    test('of other keys do not matter', async () => {
      const keys = Array.from({ length: 50 }, () => randomUUID())
      for (const key of keys) {
        expect(
          await shared.database.claims.claim(key, { now: start, expiresAt: start + 9000 }),
        ).toBe(true)
      }
    })
  })
}
