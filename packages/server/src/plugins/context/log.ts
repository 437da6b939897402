import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import { makeTokenBuckets } from '../../domain/common/token-buckets.ts'
import type { Clock, Log } from '../../ports/index.ts'

const burst = 1000
const intervalMs = 10
const textMax = 4096

/** The server's log with the plugin's name in every line, and no more lines than a disk can bear. */
export function makePluginLog({
  plugin,
  log,
  clock,
}: {
  readonly plugin: string
  readonly log: Log
  readonly clock: Pick<Clock, 'monotonic'>
}): ServerContext['log'] {
  const lines = makeTokenBuckets({ clock, burst, intervalMs })
  let left = 0

  function line(level: keyof ServerContext['log']) {
    return (fields: object | string, text?: string) => {
      if (lines.take(plugin) > 0) {
        left += 1
        return
      }
      const leftOut = left > 0 && { lines_left_out: left }
      left = 0
      const isText = typeof fields === 'string'
      // An error alone, as loggers take it; spread it would be nothing.
      const given = isText ? {} : fields instanceof Error ? { err: fields } : fields
      const said = isText
        ? fields
        : (text ?? (fields instanceof Error ? fields.message : undefined))
      log[level](
        { ...given, event: 'plugin.log', plugin, ...leftOut },
        said === undefined ? plugin : String(said).slice(0, textMax),
      )
    }
  }

  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}
