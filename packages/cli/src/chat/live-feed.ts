/** Turns what the account tells live into what the chat shows. */
import type { Account, LiveEvent, StoredMessage } from '@secure-chat/client'
import type { PresenceState } from '@secure-chat/protocol'
import { printable } from '@secure-chat/protocol/printable'
import { markOf, type Transcript } from './transcript.ts'
import type { ChatView } from './view/chat-view.ts'

export type FeedOptions = {
  readonly account: Pick<Account, 'markRead' | 'messages'>
  readonly peer: string
  readonly view: ChatView
  readonly transcript: Transcript
  /** Plugins' incoming transforms; undefined hides the message. */
  readonly transform: (message: StoredMessage) => Promise<StoredMessage | undefined>
  /** Own lines are kept before they are sent: shown at once, one would stand there twice, and as waiting. */
  readonly afterSending: (show: () => Promise<void>) => void
  readonly onIncoming: (message: StoredMessage) => void
  /** Any message of this chat, theirs or ours. */
  readonly onMessage: () => void
  readonly onPresence: (state: PresenceState, text: string | null) => void
  /** A remark about the peer's key that this chat has made already. */
  readonly isSaid: (trust: string) => boolean
  /** The peer has another key; `proved`: the old one vouches for it. */
  readonly onKeyChanged: (proved: boolean) => void
}

/** Among these is what was sent a moment ago. */
const recentLines = 50

export function makeLiveFeed(options: FeedOptions): (event: LiveEvent) => Promise<void> {
  const { peer, view, transcript } = options
  let isOffline = false

  const showMessage = async (message: StoredMessage) => {
    const other = message.direction === 'out' ? message.to : message.from
    if (other !== peer || message.kind === 'receipt' || message.kind === 'resend') return
    if (message.direction === 'out') options.afterSending(() => showOwn(message))
    else await showIncoming(message)
    options.onMessage()
  }

  const showIncoming = async (message: StoredMessage) => {
    const shown = await options.transform(message)
    if (shown) transcript.show(shown)
    options.account.markRead(peer, message.id)
    // What a plugin hides makes no noise either.
    if (shown) options.onIncoming(message)
  }

  /** Of another process, or of a plugin: as it stands by now. */
  const showOwn = async (message: StoredMessage) => {
    if (transcript.has(message.id)) return
    const now = options.account
      .messages({ with: peer, limit: recentLines })
      .find(({ id, direction }) => id === message.id && direction === 'out')
    const shown = await options.transform(now ?? message)
    if (shown) transcript.show(shown)
  }

  const showConnection = (state: 'online' | 'offline', retryInMs: number | undefined) => {
    // Said once: back-off tries again and again, and the reader knows by then.
    if (state === 'offline' && !isOffline) {
      const wait = retryInMs === undefined ? '' : `, retry in ${Math.ceil(retryInMs / 1000)} s`
      view.notice(`offline${wait}. What you type is kept and sent when the connection is back.`)
    }
    if (state === 'online' && isOffline) view.notice('online')
    isOffline = state === 'offline'
    view.connection(state)
  }

  return async (event) => {
    switch (event.type) {
      case 'message':
        return showMessage(event.message)
      case 'delivery': {
        const mark = markOf(event.state)
        if (event.to === peer && mark && transcript.marks(event.id, mark)) view.mark(event.id, mark)
        return
      }
      case 'presence':
        if (event.name === peer) options.onPresence(event.state, event.text)
        return
      case 'trust':
        if (event.name !== peer || options.isSaid(event.trust)) return
        view.notice(printable(event.text), 'warning')
        if (event.proved !== undefined) options.onKeyChanged(event.proved)
        return
      case 'system':
        view.notice(printable(event.text))
        return
      case 'state':
        showConnection(event.state, event.retryInMs)
    }
  }
}
