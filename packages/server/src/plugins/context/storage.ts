import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import { ChatError } from '@secure-chat/protocol'
import type { Clock, PluginStore } from '../../ports/index.ts'
import type { Lifetime } from './lifetime.ts'

const valueMaxBytes = 64 * 1024
const keyMaxChars = 512
const pageDefault = 100
const pageMax = 1000

/** The plugin's part of the storage that every engine has. */
export function makePluginStorage({
  plugin,
  clock,
  lifetime,
  store,
}: {
  readonly plugin: string
  readonly clock: Pick<Clock, 'now'>
  readonly lifetime: Lifetime
  /** Throws until the engines are open. */
  readonly store: () => PluginStore
}): ServerContext['storage'] {
  const guarded = <T>(work: () => Promise<T>) =>
    // Even what is refused at once comes as a rejection.
    lifetime.guard('storage', async () => work())

  return {
    get: (key) => guarded(() => store().get(plugin, checkKey(key), clock.now())),
    set: (key, value, options) =>
      guarded(() => {
        checkValue(value)
        return store().set(plugin, checkKey(key), value, expiry(clock.now(), options?.ttlMs))
      }),
    delete: (key) => guarded(() => store().delete(plugin, checkKey(key))),
    list: (prefix, { limit = pageDefault, after } = {}) =>
      guarded(() =>
        store().list(plugin, prefix === '' ? '' : checkKey(prefix), {
          limit: checkLimit(limit),
          now: clock.now(),
          ...(after !== undefined && { after: checkKey(after) }),
        }),
      ),
    increment: (key, by = 1, options) =>
      guarded(() => {
        if (!Number.isFinite(by)) throw refused('increment wants a number')
        const now = clock.now()
        const expiresAt = expiry(now, options?.ttlMs)
        return store().increment(plugin, checkKey(key), by, {
          now,
          ...(expiresAt !== undefined && { expiresAt }),
        })
      }),
  }
}

export function checkLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= pageMax) return limit
  throw refused(`a limit is a whole number from 1 to ${pageMax}`)
}

function checkKey(key: string): string {
  const isKey =
    typeof key === 'string' &&
    key !== '' &&
    key.length <= keyMaxChars &&
    key.isWellFormed() &&
    !key.includes('\0')
  if (isKey) return key
  throw refused(`a key is a text of 1 to ${keyMaxChars} characters without NUL`)
}

function checkValue(value: unknown): void {
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch (cause) {
    throw refused('a value must be JSON', cause)
  }
  if (json === undefined) throw refused('a value must be JSON; to remove one, delete it')
  if (Buffer.byteLength(json) > valueMaxBytes) {
    throw refused(`a value is at most ${valueMaxBytes / 1024} KiB of JSON`)
  }
}

function expiry(now: number, ttlMs: number | undefined): number | undefined {
  if (ttlMs === undefined) return undefined
  if (Number.isFinite(ttlMs) && ttlMs > 0) return now + Math.ceil(ttlMs)
  throw refused('ttlMs is a number of milliseconds above 0')
}

function refused(rule: string, cause?: unknown): ChatError {
  return new ChatError(
    'plugin_error',
    `Plugin storage: ${rule}.`,
    cause === undefined ? {} : { cause },
  )
}
