import { ChatError } from '@secure-chat/protocol'
import type { PluginStore } from '../../../ports/index.ts'
import { textIn } from '../row.ts'
import type { Engine } from './engine.ts'

/** Each write clears away a few values that expired, so they need no round of their own. */
const clearedPerWrite = 10

export function makePluginStore({ db, clock, read, write }: Engine): PluginStore {
  const select = db.prepare(
    `SELECT value FROM plugin_value
     WHERE plugin = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)`,
  )
  const upsert = db.prepare(
    `INSERT INTO plugin_value (plugin, key, value, expires_at) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (plugin, key) DO UPDATE SET value = ?3, expires_at = ?4`,
  )
  const setValue = db.prepare('UPDATE plugin_value SET value = ?3 WHERE plugin = ?1 AND key = ?2')
  const remove = db.prepare('DELETE FROM plugin_value WHERE plugin = ? AND key = ?')
  const selectPage = db.prepare(
    `SELECT key, value FROM plugin_value
     WHERE plugin = ?1 AND key > ?2 AND key >= ?3 AND (expires_at IS NULL OR expires_at > ?4)
     ORDER BY key LIMIT ?5`,
  )
  const clear = db.prepare(
    `DELETE FROM plugin_value WHERE (plugin, key) IN
       (SELECT plugin, key FROM plugin_value WHERE expires_at <= ?
        ORDER BY expires_at LIMIT ${clearedPerWrite})`,
  )

  return {
    get: (plugin, key, now) =>
      read(() => {
        const row = select.get(plugin, key, now)
        return row && JSON.parse(textIn(row, 'value'))
      }),
    set: (plugin, key, value, expiresAt) =>
      write(() => {
        clear.run(clock.now())
        upsert.run(plugin, key, JSON.stringify(value), expiresAt ?? null)
      }),
    delete: (plugin, key) => write(() => void remove.run(plugin, key)),
    list: (plugin, prefix, { limit, after = '', now }) =>
      read(() => {
        const page: Array<{ key: string; value: unknown }> = []
        for (const row of selectPage.iterate(plugin, after, prefix, now, limit)) {
          const key = textIn(row, 'key')
          if (!key.startsWith(prefix)) break
          page.push({ key, value: JSON.parse(textIn(row, 'value')) })
        }
        return page
      }),
    increment: (plugin, key, by, { now, expiresAt }) =>
      write(() => {
        clear.run(now)
        const row = select.get(plugin, key, now)
        if (!row) {
          upsert.run(plugin, key, JSON.stringify(by), expiresAt ?? null)
          return by
        }
        const value: unknown = JSON.parse(textIn(row, 'value'))
        if (typeof value !== 'number') {
          throw new ChatError(
            'plugin_error',
            `The value "${key}" of plugin ${plugin} is no number.`,
          )
        }
        setValue.run(plugin, key, JSON.stringify(value + by))
        return value + by
      }),
  }
}
