/** What the slash commands act on: one account, one peer, one view. */
import type { Account, StoredMessage } from '@secure-chat/client'
import { endpoints } from '@secure-chat/protocol'
import { printable } from '@secure-chat/protocol/printable'
import type { ChatExtensions } from '../chat-options.ts'
import type { PeerTrust } from '../peer-trust.ts'
import { presenceText } from '../peer-trust.ts'
import { shownMessages } from '../shown-messages.ts'
import { makeTranscript } from '../transcript.ts'
import type { ChatView } from '../view/chat-view.ts'
import { helpText, type SlashCommand, type SlashContext } from './commands.ts'

const searchedLines = 100

export function makeSlashContext(o: {
  readonly account: Account
  readonly peer: string
  readonly view: ChatView
  readonly peerTrust: PeerTrust
  readonly extensions: Pick<ChatExtensions, 'incoming' | 'render'>
  readonly commands: readonly SlashCommand[]
  readonly say: (text: string) => void
  readonly openEditor: (text: string) => Promise<string | undefined>
  readonly clear: () => void
  readonly setRinging: (isRinging: boolean) => void
  readonly quit: () => void
}): SlashContext {
  const { account, peer, view } = o

  /** Lines shown again look as they did, without touching what the live part has shown. */
  const repeat = async (messages: readonly StoredMessage[], none: string) => {
    if (messages.length === 0) return view.notice(none)
    const shown = await shownMessages(messages, o.extensions)
    makeTranscript({ ...view, mark: () => undefined }, o.extensions.render).showHistory(
      shown.map((message) => ({ ...message, unread: false })),
    )
    view.rule('end')
  }

  return {
    help: () => view.notice(helpText(o.commands)),
    quit: o.quit,
    who: () => o.peerTrust.show(true),
    history: (limit) =>
      repeat(account.messages({ with: peer, limit }), 'There is no history with them yet.'),
    search: (text) =>
      repeat(
        account.messages({ with: peer, search: text, limit: searchedLines }),
        `No line contains "${printable(text)}".`,
      ),
    verify: o.peerTrust.verify,
    trust: o.peerTrust.accept,
    async presence(state, text) {
      await account.api.call(endpoints.setPresence, {
        params: { username: account.me.name },
        body: text === '' ? { status: state } : { status: state, text },
      })
      view.notice(`you are ${presenceText(state, text)}`)
    },
    say: o.say,
    async edit(text) {
      const written = await o.openEditor(text)
      if (written !== undefined) view.returnDraft(written)
    },
    setNotify(value) {
      o.setRinging(value === 'on')
      view.notice(`notifications are ${value} in this chat`)
    },
    async retry() {
      const { sent, left } = await account.outbox.flush()
      view.notice(`${sent} sent, ${left} waiting`)
    },
    clear: o.clear,
    notice: (text) => view.notice(text),
  }
}
