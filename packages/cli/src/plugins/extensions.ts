/** What plugins add to `send`, `messages`, `listen` and `chat`: transforms, renderers, kinds, commands, events. */
import type { StoredMessage } from '@secure-chat/client'
import type { CliPlugin } from '@secure-chat/plugin-sdk/cli'
import { printable } from '@secure-chat/protocol/printable'
import type { ExtensionsFor } from '../chat/index.ts'
import { makeChatHandle } from './chat-handle.ts'
import { makeEvents } from './events.ts'
import { makeKinds } from './kinds.ts'
import { makeCaller } from './plugin-failure.ts'
import { makeRender } from './render.ts'
import { makeTheme } from './safe-styled.ts'
import { makeSlashCommands } from './slash-commands.ts'
import { type ChatFor, makeIncoming, makeOutgoing } from './transforms.ts'

/** The plugins at work for one account. */
export function extensionsOf(plugins: readonly CliPlugin[]): ExtensionsFor {
  return ({ account, notice, colour, columns }) => {
    const call = makeCaller(() => performance.now())
    const kinds = makeKinds(plugins)
    const outgoing = makeOutgoing(plugins, call)
    const incoming = makeIncoming(plugins, call)
    // The words of an error may be those of a message.
    const tell = (failure: string) =>
      notice(printable(failure, undefined, { lines: true }), 'warning')

    /** A plugin's own words do not pass its own transform, nor that of one which had a hand in them: it would go on for ever. */
    const chatWith =
      (peer: string, skipped: ReadonlySet<string> = new Set()): ChatFor =>
      (plugin) => {
        const through = new Set([...skipped, plugin])
        return makeChatHandle({
          account,
          peer,
          plugin,
          notice,
          outgoing: (text) => outgoing(text, chatWith(peer, through), through),
          read: kinds.read,
          check: kinds.check,
        })
      }

    return {
      outgoing: (text, peer) => outgoing(text, chatWith(peer)),
      async incoming(stored) {
        const message = kinds.read(stored)
        return isFromOthers(stored) ? incoming(message, chatWith(message.from)) : message
      },
      render: makeRender(plugins, makeTheme({ colour, width: columns }), tell),
      chatWith: (peer) => ({
        slashCommands: makeSlashCommands(plugins, chatWith(peer), tell),
        events: makeEvents(plugins, chatWith(peer), tell),
      }),
    }
  }
}

/** Said by somebody else; the program's own remarks, and what could not be opened, are not. */
function isFromOthers({ direction, kind, state }: StoredMessage): boolean {
  const isRemark = kind === 'notice' || kind === 'system'
  return direction === 'in' && state !== 'undecryptable' && !isRemark
}
