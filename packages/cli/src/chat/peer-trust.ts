/** What is known of the other side, in words: trust, presence, safety number. */
import type { Account } from '@secure-chat/client'
import { endpoints } from '@secure-chat/protocol'
import { printable } from '@secure-chat/protocol/printable'
import type { ChatView } from './view/chat-view.ts'

export type PeerTrust = {
  /** One line of trust and presence; with `isFull` everything that is known. */
  show(isFull: boolean): Promise<void>
  /** Presence as it was told, shown when it is news. */
  onPresence(state: string, text: string | null): void
  /** They wrote or were written to: who was offline may be there now, and no event says so to new contacts. */
  onSignOfLife(): Promise<void>
  /** Shows the safety number, or compares the one that was typed. */
  verify(typed: string): Promise<void>
  accept(): Promise<void>
  /** Is a remark of the account the one that `verify` leaves in the history, and has said itself? Once for each. */
  isSaid(trust: string): boolean
}

const lookAgainMs = 5_000

export function makePeerTrust(o: {
  readonly account: Pick<Account, 'api' | 'trust'>
  readonly peer: string
  readonly view: Pick<ChatView, 'notice'>
  /** Milliseconds. */
  readonly monotonic: () => number
}): PeerTrust {
  const { account, peer, view } = o
  let known: string | undefined
  let unheard = 0
  let lookedAt = Number.NEGATIVE_INFINITY

  const lookUp = async () => {
    lookedAt = o.monotonic()
    const { users } = await account.api.call(endpoints.listUsers, {
      query: { prefix: peer, limit: 1 },
    })
    const them = users.find(({ name }) => name === peer)
    return presenceText(them?.state ?? 'offline', them?.text ?? null)
  }
  const tell = (presence: string) => {
    if (presence !== known) view.notice(`${peer} is ${presence}`)
    known = presence
  }

  return {
    onPresence: (state, text) => tell(presenceText(state, text)),
    async onSignOfLife() {
      if (known !== 'offline' || o.monotonic() - lookedAt < lookAgainMs) return
      tell(await lookUp())
    },
    async show(isFull) {
      const presence = await lookUp()
      known = presence
      const key = await account.trust.show(peer)
      const more = isFull ? `\nfingerprint ${key.fingerprint}` : ''
      view.notice(`${peer} [${key.trust}] ${presence}${more}`)
    },
    async verify(typed) {
      const { safety_number: number, fingerprint } = await account.trust.show(peer)
      const digits = typed.replace(/\s/g, '')
      if (digits === '') {
        view.notice(
          `Safety number of you and ${peer}:\n${groups(number)}\nCompare it with theirs over another way (a call, in person), then type /verify NUMBER.`,
        )
      } else if (digits === number) {
        unheard += 1
        await account.trust.verify(peer, { fingerprint }).catch((error: unknown) => {
          unheard -= 1
          throw error
        })
        view.notice(`The numbers are the same: ${peer} is verified.`)
      } else if (!/^\d{60}$/.test(digits)) {
        view.notice(
          `A safety number has 60 digits, this has ${digits.replace(/\D/g, '').length}. Nothing was compared.`,
        )
      } else {
        view.notice(
          `The numbers differ. Either one was mistyped, or somebody stands between you and ${peer}: do not send secrets.`,
          'warning',
        )
      }
    },
    isSaid(trust) {
      if (trust !== 'verified' || unheard === 0) return false
      unheard -= 1
      return true
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
