import { randomUUID } from 'node:crypto'
import type { OpenDatabase } from '../database-under-test.ts'
import { describe, expect, test } from '../suite.ts'
import { codeOf, now, runs, sharedDatabase } from './kit.ts'

export function pluginStorageRules(open: OpenDatabase): void {
  describe('plugin storage', () => {
    const shared = sharedDatabase(open)
    // Engines that clear values by themselves go by the real time.
    const start = Math.max(now, Date.now())
    const newPlugin = () => `plugin-${randomUUID()}`

    test('gives back any JSON value under any key', async () => {
      const { default: fc } = await import('fast-check')
      const { pluginStorage } = shared.database
      const plugin = newPlugin()
      const key = fc
        .string({ unit: 'binary', minLength: 1, maxLength: 20 })
        .map((raw) => raw.replaceAll('\0', '0'))
      const value = fc
        .jsonValue({ maxDepth: 3 })
        .map((raw) => JSON.parse(JSON.stringify(raw)) as unknown)
      await fc.assert(
        fc.asyncProperty(key, value, async (name, stored) => {
          await pluginStorage.set(plugin, name, stored, undefined)
          expect(await pluginStorage.get(plugin, name, start)).toEqual(stored)
        }),
        runs(50),
      )
    })

    test.each(['__proto__', 'constructor', '$set', 'a.b', '$', 'ключ', "'; --"])(
      'takes the key %s and the same as a field',
      async (key) => {
        const { pluginStorage } = shared.database
        const plugin = newPlugin()
        const value = JSON.parse(`{${JSON.stringify(key)}:{"x":1}}`) as unknown
        await pluginStorage.set(plugin, key, value, undefined)
        expect(JSON.stringify(await pluginStorage.get(plugin, key, start))).toBe(
          JSON.stringify(value),
        )
      },
    )

    test('keeps plugins apart', async () => {
      const { pluginStorage } = shared.database
      const [a, b] = [newPlugin(), newPlugin()]
      await pluginStorage.set(a, 'k', 'a', undefined)
      await pluginStorage.set(b, 'k', 'b', undefined)
      await pluginStorage.delete(a, 'k')
      await pluginStorage.delete(a, 'k')
      expect(await pluginStorage.get(a, 'k', start)).toBeUndefined()
      expect(await pluginStorage.get(b, 'k', start)).toBe('b')
      expect(await pluginStorage.list(a, '', { limit: 9, now: start })).toEqual([])
    })

    test('forgets a value when it expires, and a later one without expiry stays', async () => {
      const { pluginStorage } = shared.database
      const plugin = newPlugin()
      await pluginStorage.set(plugin, 'k', 1, start + 60_000)
      expect(await pluginStorage.get(plugin, 'k', start + 59_999)).toBe(1)
      expect(await pluginStorage.get(plugin, 'k', start + 60_000)).toBeUndefined()
      expect(await pluginStorage.list(plugin, '', { limit: 9, now: start + 60_000 })).toEqual([])
      await pluginStorage.set(plugin, 'k', 2, undefined)
      expect(await pluginStorage.get(plugin, 'k', start + 9e9)).toBe(2)
    })

    test('lists by key in byte order, behind `after`, by prefix, to the limit', async () => {
      const { pluginStorage } = shared.database
      const plugin = newPlugin()
      const keys = [
        'a',
        'a%',
        'a.b',
        'a:1',
        'a:2',
        'a:\u{1f642}',
        'aa',
        'a\uffff',
        'a\u{1f642}',
        'b',
      ]
      for (const key of keys.toReversed()) await pluginStorage.set(plugin, key, { key }, undefined)
      const list = async (prefix: string, o: { limit?: number; after?: string } = {}) => {
        const page = await pluginStorage.list(plugin, prefix, { limit: 100, now: start, ...o })
        for (const { key, value } of page) expect(value).toEqual({ key })
        return page.map(({ key }) => key)
      }
      expect(await list('')).toEqual(keys)
      expect(await list('a:')).toEqual(['a:1', 'a:2', 'a:\u{1f642}'])
      expect(await list('a:', { after: 'a:1', limit: 1 })).toEqual(['a:2'])
      expect(await list('a', { after: 'aa' })).toEqual(['a\uffff', 'a\u{1f642}'])
      expect(await list('%')).toEqual([])
      expect(await list('.')).toEqual([])
    })

    test('counts without losing one when many count at the same time', async () => {
      const { pluginStorage } = shared.database
      const plugin = newPlugin()
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => pluginStorage.increment(plugin, 'n', 1, { now: start })),
      )
      expect(answers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
      expect(await pluginStorage.increment(plugin, 'n', -20, { now: start })).toBe(30)
      expect(await pluginStorage.get(plugin, 'n', start)).toBe(30)
    })

    test('counts within a window that starts with the first and ends at its expiry', async () => {
      const { pluginStorage } = shared.database
      const plugin = newPlugin()
      const count = (at: number) =>
        pluginStorage.increment(plugin, 'n', 1, { now: at, expiresAt: at + 60_000 })
      expect(await count(start)).toBe(1)
      expect(await count(start + 30_000)).toBe(2)
      expect(await count(start + 59_999)).toBe(3)
      expect(await count(start + 60_000)).toBe(1)
    })

    test('does not count on what is no number', async () => {
      const { pluginStorage } = shared.database
      const plugin = newPlugin()
      await pluginStorage.set(plugin, 'n', '5', undefined)
      expect(await codeOf(pluginStorage.increment(plugin, 'n', 1, { now: start }))).toBe(
        'plugin_error',
      )
      expect(await pluginStorage.get(plugin, 'n', start)).toBe('5')
    })
  })
}
