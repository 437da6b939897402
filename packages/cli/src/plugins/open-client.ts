/** What `openClient` of the SDK gives to commands of plugins: the signed-in profile, by the services of our own commands. */
import type { Account, LiveEvent, StoredMessage } from '@secure-chat/client'
import type { ChatClient, ChatMessage } from '@secure-chat/plugin-sdk/cli'
import { ChatError } from '@secure-chat/protocol/errors'
import type { CommandContext } from '../context.ts'
import { refusalOf } from '../errors/refusal.ts'
import { isRemark } from '../services/message-document.ts'
import { wordsOf } from './arguments.ts'
import { chatMessage } from './plugin-message.ts'

export async function openChatClient(context: CommandContext): Promise<ChatClient> {
  const { openUnlocked } = await import('../with-account.ts')
  return chatClient(await openUnlocked(context))
}

function chatClient(account: Account): ChatClient {
  const closing = new AbortController()

  const deliver = async (to: string, draft: Parameters<Account['send']>[1]) => {
    const sent = await account.send(to, draft)
    if (sent.state === 'refused') throw refusalOf(sent)
    return { id: sent.id }
  }

  return {
    me: account.me.name,
    send: async (to, text, { re } = {}) =>
      deliver(to, { text: wordsOf(text), ...(re !== undefined && { re }) }),
    sendKind: async (to, kind, body) => deliver(to, { kind, body }),
    async messages({ with: peer, since, limit, search, unread } = {}) {
      const { trySync } = await import('../services/messages.ts')
      // Offline, what is on this device has to do, as for `secure-chat messages`.
      await trySync(account)
      const query = {
        ...(peer !== undefined && { with: peer }),
        ...(since !== undefined && { since: momentOf(since) }),
        ...(limit !== undefined && { limit }),
        ...(search !== undefined && { search }),
        ...(unread === true && { unread }),
      }
      return account.messages(query).filter(isSaid).map(chatMessage)
    },
    markRead: async (from, id) => account.markRead(from, id),
    listen({ signal } = {}) {
      const either = AbortSignal.any([closing.signal, ...(signal ? [signal] : [])])
      // Begun now, not at the first read: nothing between the two is to be missed.
      return incomingOf(account.live({ signal: either }))
    },
    async users() {
      const { listUsers } = await import('../services/users.ts')
      const users = await listUsers({ online: false, prefix: undefined }, account)
      return users.map(({ name, state, trust }) => ({ name, state, trust }))
    },
    async call(method, path, body) {
      const { callApi } = await import('../services/api.ts')
      const json = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
      const request = { method, path, fields: [], body: json }
      const { answer, failure } = await callApi(request, account)
      if (failure) throw failure
      return parsed(answer.body)
    },
    async close() {
      closing.abort()
      account.close()
    },
  }
}

/** What others say, as it comes. */
async function* incomingOf(events: AsyncIterable<LiveEvent>): AsyncGenerator<ChatMessage> {
  for await (const event of events) {
    if (event.type !== 'message' || event.message.direction !== 'in') continue
    if (isSaid(event.message)) yield chatMessage(event.message)
  }
}

/** Remarks of this program about a conversation are for people. */
function isSaid(message: StoredMessage): boolean {
  return !isRemark(message) && message.state !== 'undecryptable'
}

function momentOf(since: string): number {
  const at = Date.parse(since)
  if (!Number.isNaN(at)) return at
  throw new ChatError('usage', `"${since}" is no time of ISO 8601, as 2026-11-23T08:00:00Z.`)
}

function parsed(body: string): unknown {
  if (body === '') return undefined
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
