/** What plugins are told: they cannot change it, and a failure is said and nothing more. */
import type { Chat, CliPlugin } from '@secure-chat/plugin-sdk/cli'
import type { PluginEvents } from '../chat/index.ts'
import { pluginFailure } from './plugin-failure.ts'
import type { ChatFor } from './transforms.ts'

type Listeners = NonNullable<CliPlugin['on']>

export function makeEvents(
  plugins: readonly CliPlugin[],
  chatFor: ChatFor,
  tell: (failure: string) => void,
): PluginEvents {
  const each = (event: keyof Listeners, run: (on: Listeners, chat: Chat) => unknown) => {
    for (const { name, on } of plugins) {
      if (!on?.[event]) continue
      const failed = (error: unknown) => tell(pluginFailure(name, `on.${event}`, error).message)
      try {
        // Its type says nothing comes back, but nothing keeps a handler from being async.
        Promise.resolve(run(on, chatFor(name))).catch(failed)
      } catch (error) {
        failed(error)
      }
    }
  }
  return {
    opened: () => each('opened', (on, chat) => on.opened?.(chat)),
    closed: () => each('closed', (on, chat) => on.closed?.(chat)),
    presence: (change) => each('presence', (on, chat) => on.presence?.({ ...change }, chat)),
    keyChanged: (change) => each('keyChanged', (on, chat) => on.keyChanged?.({ ...change }, chat)),
  }
}
