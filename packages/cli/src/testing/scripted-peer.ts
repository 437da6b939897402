import type { Account } from '@secure-chat/client'
import type { ChatMessage, PresenceState } from '@secure-chat/plugin-sdk/cli'
import { refusalOf } from '../errors/refusal.ts'
import { chatMessage } from '../plugins/plugin-message.ts'
import { isRemark } from '../services/message-document.ts'
import { newAccount, password, type TestAccountOptions, withUnprovedKey } from './test-account.ts'

/** The other side of a test's chat, who has no plugins and does what the test says. */
export type ScriptedPeer = {
  send(text: string): Promise<{ id: string }>
  sendKind(kind: `x-${string}`, body: unknown): Promise<{ id: string }>
  setPresence(state: PresenceState): Promise<void>
  /** Another key from now on; the chat hears of it with the peer's next message at the latest. */
  changeKey(options?: { proved?: boolean }): Promise<void>
  /** What came to the peer, opened, oldest first. */
  received(): Promise<ChatMessage[]>
}

export async function makeScriptedPeer(
  options: TestAccountOptions & {
    /** Who talks with the peer. */
    readonly me: string
  },
): Promise<ScriptedPeer & { close(): void }> {
  const { me, name } = options
  let account = await newAccount(options)
  const said = async (draft: Parameters<Account['send']>[1]) => {
    const sent = await account.send(me, draft)
    if (sent.state === 'refused') throw refusalOf(sent)
    return { id: sent.id }
  }
  return {
    send: (text) => said({ text }),
    sendKind: (kind, body) => said({ kind, body }),
    async setPresence(status) {
      const { callApi } = await import('../services/api.ts')
      const path = `/chat/presence/${name}`
      const body = Buffer.from(JSON.stringify({ status }))
      const request = { method: 'POST', path, fields: [], body }
      const { failure } = await callApi(request, account)
      if (failure) throw failure
    },
    async changeKey({ proved = true } = {}) {
      // What was sealed for the old key is opened with it.
      await account.sync()
      if (proved) await account.keys.replace(password)
      else account = await withUnprovedKey(account, options)
    },
    async received() {
      await account.sync()
      return account
        .messages({ with: me, limit: 1000 })
        .filter((message) => message.direction === 'in' && !isRemark(message))
        .map(chatMessage)
    },
    close: () => account.close(),
  }
}
