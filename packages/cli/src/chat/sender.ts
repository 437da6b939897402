/**
 * Own lines on their way: shown as waiting at once, sent one after the other in the order they were
 * typed, then shown with what became of them. What could not even be kept comes back into the input line.
 */
import type { Account } from '@secure-chat/client'
import { isChatError } from '@secure-chat/protocol/errors'
import { printable } from '@secure-chat/protocol/printable'
import type { Transcript } from './transcript.ts'
import type { ChatView } from './view/chat-view.ts'

export type Sender = {
  say(text: string): void
  /** Resolves when everything said so far is sent or kept for later. */
  settled(): Promise<SendOutcome>
}

export type SendOutcome = { readonly unsent: number; readonly firstFailure: unknown }

export type SenderOptions = {
  readonly account: Pick<Account, 'send' | 'messages'>
  readonly peer: string
  readonly view: ChatView
  readonly transcript: Transcript
  /** Plugins' outgoing transforms, in order. */
  readonly transform: (text: string) => Promise<string>
  readonly explain: (error: unknown) => string
}

export function makeSender(options: SenderOptions): Sender {
  const { account, peer, view, transcript } = options
  let last: Promise<void> = Promise.resolve()
  let unsent = 0
  let firstFailure: unknown

  const deliver = async (text: string, settle: () => void) => {
    try {
      const sent = await account.send(peer, { text: await options.transform(text) })
      settle()
      showSent(sent.id)
      if (sent.state === 'queued') unsent += 1
      if (sent.state === 'refused') fail(new Error(sent.reason ?? 'refused'))
      if (sent.state === 'refused' && sent.reason) view.notice(printable(sent.reason), 'warning')
    } catch (error) {
      settle()
      fail(error)
      view.notice(options.explain(error), 'warning')
      if (isChatError(error, 'key_not_trusted')) {
        view.notice('Sending is held. /verify compares safety numbers, /trust accepts the new key.')
      }
      view.returnDraft(text)
    }
  }

  return {
    say(text) {
      const settle = view.pending(printable(text, undefined, { lines: true }))
      last = last.then(() => deliver(text, settle))
    },
    async settled() {
      await last
      return { unsent, firstFailure }
    },
  }

  function showSent(id: string): void {
    const stored = account
      .messages({ with: peer, limit: 20 })
      .find((message) => message.id === id && message.direction === 'out')
    if (stored) transcript.show(stored)
  }

  function fail(error: unknown): void {
    firstFailure ??= error
  }
}
