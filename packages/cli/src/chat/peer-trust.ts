/** What is known of the other side, in words: trust, presence, safety number. */
import type { Account } from '@secure-chat/client'
import { endpoints } from '@secure-chat/protocol'
import { printable } from '@secure-chat/protocol/printable'
import type { ChatView } from './view/chat-view.ts'

export type PeerTrust = {
  /** One line of trust and presence; with `isFull` everything that is known. */
  show(isFull: boolean): Promise<void>
  /** Shows the safety number, or compares the one that was typed. */
  verify(typed: string): Promise<void>
  accept(): Promise<void>
}

export function makePeerTrust(o: {
  readonly account: Pick<Account, 'api' | 'trust'>
  readonly peer: string
  readonly view: Pick<ChatView, 'notice'>
}): PeerTrust {
  const { account, peer, view } = o
  return {
    async show(isFull) {
      const { users } = await account.api.call(endpoints.listUsers, {
        query: { prefix: peer, limit: 1 },
      })
      const them = users.find(({ name }) => name === peer)
      const key = await account.trust.show(peer)
      const presence = presenceText(them?.state ?? 'offline', them?.text ?? null)
      const more = isFull ? `\nfingerprint ${key.fingerprint}` : ''
      view.notice(`${peer} [${key.trust}] ${presence}${more}`)
    },
    async verify(typed) {
      const number = await account.trust.safetyNumber(peer)
      const digits = typed.replace(/\s/g, '')
      if (digits === '') {
        view.notice(
          `Safety number of you and ${peer}:\n${groups(number)}\nCompare it with theirs over another way (a call, in person), then type /verify NUMBER.`,
        )
      } else if (digits === number) {
        await account.trust.verify(peer)
        view.notice(`The numbers are the same: ${peer} is verified.`)
      } else {
        view.notice(
          `The numbers differ. Either one was mistyped, or somebody stands between you and ${peer}: do not send secrets.`,
          'warning',
        )
      }
    },
    async accept() {
      await account.trust.accept(peer)
      view.notice(
        'Their present key is accepted. Compare safety numbers with /verify when you can.',
      )
    },
  }
}

export function presenceText(state: string, text: string | null): string {
  return text ? `${state}: ${printable(text)}` : state
}

/** Twelve groups of five digits, six a row. */
function groups(number: string): string {
  const fives = number.match(/\d{5}/g) ?? []
  return `${fives.slice(0, 6).join(' ')}\n${fives.slice(6).join(' ')}`
}
