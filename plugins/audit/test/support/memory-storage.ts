import type { ServerContext } from '@secure-chat/plugin-sdk/server'

type Storage = ServerContext['storage']

/** The plugin's storage in memory, with a switch that makes it fail. For what a real engine does, see the tests with the kit. */
export function memoryStorage(): Storage & {
  isDown: boolean
  readonly values: Map<string, unknown>
} {
  const values = new Map<string, unknown>()
  const storage = {
    values,
    isDown: false,
    async get(key: string) {
      check()
      return structuredClone(values.get(key))
    },
    async set(key: string, value: unknown) {
      check()
      values.set(key, structuredClone(value))
    },
    async delete(key: string) {
      check()
      values.delete(key)
    },
    async list(prefix: string, { limit = 100, after = '' } = {}) {
      check()
      return [...values.keys()]
        .filter((key) => key.startsWith(prefix) && key > after)
        .sort()
        .slice(0, limit)
        .map((key) => ({ key, value: structuredClone(values.get(key)) }))
    },
    async increment(key: string, by = 1) {
      check()
      const sum = Number(values.get(key) ?? 0) + by
      values.set(key, sum)
      return sum
    },
  }
  function check(): void {
    if (storage.isDown) throw new Error('the database is away')
  }
  return storage
}
