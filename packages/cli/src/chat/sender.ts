/**
 * Own lines on their way: shown as waiting at once, sent one after the other in the order they were
 * typed, then shown with what became of them. What could not even be kept comes back into the input line.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from '@secure-chat/client'
import { type ChatError, isChatError } from '@secure-chat/protocol/errors'
import { printable } from '@secure-chat/protocol/printable'
import { refusalOf } from '../errors/refusal.ts'
import type { Transcript } from './transcript.ts'
import type { ChatView } from './view/chat-view.ts'

export type Sender = {
  say(text: string): void
  /** Once what was said so far is shown with what became of it; never when the chat ends before. */
  afterSending(run: () => Promise<void>): void
  /**
   * Resolves when everything said so far is sent or kept for later, at the latest after `patienceMs`: what is on its
   * way then lies in the outbox. Nothing is shown afterwards.
   */
  settle(patienceMs: number): Promise<SendOutcome>
}

export type SendOutcome = { readonly unsent: number; readonly firstFailure: unknown }

export type SenderOptions = {
  readonly account: Pick<Account, 'send' | 'messages' | 'outbox'>
  readonly peer: string
  readonly view: ChatView
  readonly transcript: Transcript
  /** Plugins' outgoing transforms, in order. */
  readonly transform: (text: string) => Promise<string>
  readonly explain: (error: unknown) => string
}

const heldHint =
  'Sending is held. Ctrl-C puts your line aside, Up brings it back; /verify compares safety numbers, /trust accepts the new key.'

export function makeSender(options: SenderOptions): Sender {
  const { account, peer, view, transcript } = options
  let last: Promise<void> = Promise.resolve()
  let isOver = false
  let firstFailure: unknown

  const deliver = async (text: string, settle: () => void) => {
    try {
      const sent = await account.send(peer, { text: await options.transform(text) })
      if (isOver) return
      settle()
      showSent(sent.id)
      if (sent.state === 'refused') refused(refusalOf(sent))
    } catch (error) {
      if (isOver) return
      settle()
      firstFailure ??= error
      view.returnDraft(text)
      // Its own suggestions are commands of a shell, which cannot be typed here.
      if (isChatError(error, 'key_not_trusted')) {
        view.notice(printable(error.message), 'warning')
        view.notice(heldHint)
      } else {
        view.notice(options.explain(error), 'warning')
      }
    }
  }

  return {
    say(text) {
      const settle = view.pending(printable(text, undefined, { lines: true }))
      last = last.then(() => deliver(text, settle))
    },
    afterSending(run) {
      void last.then(() => (isOver ? undefined : run()))
    },
    async settle(patienceMs) {
      await Promise.race([last, sleep(patienceMs, undefined, { ref: false })])
      isOver = true
      const unsent = account.outbox.list().filter(({ to }) => to === peer).length
      return { unsent, firstFailure }
    },
  }

  function showSent(id: string): void {
    const stored = account
      .messages({ with: peer, limit: 20 })
      .find((message) => message.id === id && message.direction === 'out')
    if (stored) transcript.show(stored)
  }

  function refused(error: ChatError): void {
    firstFailure ??= error
    view.notice(options.explain(error), 'warning')
  }
}
