/** Messages of plugins' kinds: the text that their plugin makes of the body. */
import type { StoredMessage } from '@secure-chat/client'
import type { CliPlugin, MessageKind } from '@secure-chat/plugin-sdk/cli'
import { pluginFailure } from './plugin-failure.ts'

export type Kinds = {
  /** The line as its kind says it; others as they are. A body that its plugin does not take is said to be such. */
  read(message: StoredMessage): StoredMessage
  /** Before sending: nobody else could read what the own plugin cannot. @throws ChatError plugin_error */
  check(kind: string, body: unknown): void
}

export function makeKinds(plugins: readonly CliPlugin[]): Kinds {
  const known = new Map<string, { plugin: string; kind: MessageKind }>(
    plugins.flatMap((plugin) =>
      Object.entries(plugin.kinds ?? {}).map(
        ([name, kind]) => [name, { plugin: plugin.name, kind }] as const,
      ),
    ),
  )
  return {
    read(message) {
      const found = known.get(message.kind)
      if (!found) return message
      const { plugin, kind } = found
      try {
        const body = kind.parse(message.body)
        const text = kind.text(body)
        if (typeof text !== 'string') throw new TypeError('what it made of the body is no text')
        return { ...message, body, text }
      } catch (error) {
        const { message: why } = pluginFailure(plugin, `kinds["${message.kind}"]`, error)
        return { ...message, notices: [...message.notices, why] }
      }
    },
    check(name, body) {
      const found = known.get(name)
      try {
        found?.kind.parse(body)
      } catch (error) {
        throw pluginFailure(found?.plugin ?? name, `kinds["${name}"]`, error)
      }
    },
  }
}
