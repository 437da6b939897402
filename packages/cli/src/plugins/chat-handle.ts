/** What a plugin may do in a chat: one user, one peer, words in and out. */
import type { Account, StoredMessage } from '@secure-chat/client'
import type { Chat } from '@secure-chat/plugin-sdk/cli'
import { printable } from '@secure-chat/protocol/printable'
import { refusalOf } from '../errors/refusal.ts'
import { wordsOf } from './arguments.ts'
import { chatMessage } from './plugin-message.ts'

export type HandleOptions = {
  readonly account: Pick<Account, 'me' | 'send' | 'messages' | 'trust'>
  readonly peer: string
  readonly plugin: string
  readonly notice: (text: string) => void
  /** The other plugins' transforms. */
  readonly outgoing: (text: string) => Promise<string>
  readonly read: (message: StoredMessage) => StoredMessage
  readonly check: (kind: string, body: unknown) => void
}

const historyLines = { usual: 50, most: 1_000 }

export function makeChatHandle(options: HandleOptions): Chat {
  const { account, peer, plugin, notice } = options
  const me: string = account.me.name

  const deliver = async (draft: Parameters<Account['send']>[1]) => {
    const sent = await account.send(peer, draft)
    if (sent.state === 'refused') throw refusalOf(sent)
    return { id: sent.id }
  }

  return Object.freeze({
    me,
    peer,
    get trust() {
      return account.trust.list().find(({ name }) => name === peer)?.trust ?? 'new'
    },
    async send(text: string) {
      return deliver({ text: await options.outgoing(wordsOf(text)) })
    },
    async sendKind(kind: `x-${string}`, body: unknown) {
      options.check(kind, body)
      return deliver({ kind, body })
    },
    async history({
      limit = historyLines.usual,
      search,
    }: {
      limit?: number
      search?: string
    } = {}) {
      const most = Math.min(Math.max(0, limit), historyLines.most)
      return account
        .messages({ with: peer, limit: most, ...(search !== undefined && { search }) })
        .map((message) => chatMessage(options.read(message)))
    },
    notice: (text: string) =>
      notice(`${plugin}: ${printable(wordsOf(text), undefined, { lines: true })}`),
  })
}
