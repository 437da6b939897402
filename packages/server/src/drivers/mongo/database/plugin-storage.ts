import { ChatError } from '@secure-chat/protocol'
import type { PluginStore } from '../../../ports/index.ts'
import { insertedNew, retryDuplicates } from '../duplicates.ts'
import { unavailable } from '../failure.ts'
import type { PluginValueDocument } from '../models.ts'
import type { Engine } from './engine.ts'

/** Each try fails only when another node changed the value in between. */
const countTries = 20

export function makePluginStore({ models: { pluginValues }, run }: Engine): PluginStore {
  return {
    get: (plugin, key, now) =>
      run(async () => {
        const found = await pluginValues.findOne({ _id: idOf(plugin, key), ...aliveAt(now) }).lean()
        return found === null ? undefined : storedValueOf(found)
      }),
    set: (plugin, key, value, expiresAt) =>
      run(async () => {
        const { set, unset } = fieldsOf(value)
        const fields = { plugin, key, ...set, expires_at: dateOf(expiresAt) }
        await retryDuplicates(() =>
          pluginValues.updateOne(
            { _id: idOf(plugin, key) },
            { $set: fields, $unset: unset },
            { upsert: true },
          ),
        )
      }),
    delete: (plugin, key) =>
      run(async () => {
        await pluginValues.deleteOne({ _id: idOf(plugin, key) })
      }),
    list: (plugin, prefix, { limit, after = '', now }) =>
      run(async () => {
        const start = idOf(plugin, prefix)
        const range = { $gt: idOf(plugin, after), $gte: start, $lt: `${start}g` }
        const found = await pluginValues
          .find({ _id: range, ...aliveAt(now) })
          .sort({ _id: 1 })
          .limit(limit)
          .lean()
        return found.map((each) => ({ key: each.key, value: storedValueOf(each) }))
      }),
    increment: (plugin, key, by, { now, expiresAt }) =>
      run(async () => {
        const _id = idOf(plugin, key)
        for (let tries = 0; tries < countTries; tries += 1) {
          const counted = await pluginValues
            .findOneAndUpdate(
              { _id, number: { $exists: true }, ...aliveAt(now) },
              { $inc: { number: by } },
              { returnDocument: 'after' },
            )
            .lean()
          if (counted?.number !== undefined) return counted.number
          const begun = await insertedNew(() =>
            pluginValues.updateOne(
              { _id, expires_at: { $lte: new Date(now) } },
              {
                $set: { plugin, key, number: by, expires_at: dateOf(expiresAt) },
                $unset: { json: 1 },
              },
              { upsert: true },
            ),
          )
          if (begun) return by
          const other = await pluginValues.exists({
            _id,
            number: { $exists: false },
            ...aliveAt(now),
          })
          if (other !== null) {
            throw new ChatError(
              'plugin_error',
              `The value "${key}" of plugin ${plugin} is no number.`,
            )
          }
        }
        throw unavailable('other')
      }),
  }
}

/**
 * Ordered by plugin, then by the UTF-8 bytes of the key: in hexadecimal every server sorts them alike. Behind all
 * that starts with the hexadecimal text of a prefix comes the text with a `g`.
 */
export function idOf(plugin: string, key: string): string {
  return `${hex(plugin)} ${hex(key)}`
}

function hex(text: string): string {
  return Buffer.from(text, 'utf8').toString('hex')
}

export function aliveAt(now: number) {
  return { $or: [{ expires_at: null }, { expires_at: { $gt: new Date(now) } }] }
}

export function dateOf(expiresAt: number | undefined): Date | null {
  return expiresAt === undefined ? null : new Date(expiresAt)
}

export function fieldsOf(value: unknown) {
  const json = JSON.stringify(value)
  const parsed: unknown = JSON.parse(json)
  return typeof parsed === 'number'
    ? { set: { number: parsed }, unset: { json: 1 } as const }
    : { set: { json }, unset: { number: 1 } as const }
}

export function storedValueOf({ number, json }: PluginValueDocument): unknown {
  return number ?? JSON.parse(json ?? 'null')
}
