import type { ChatClient } from '@secure-chat/plugin-sdk/cli'
import type { BotHandle, BotState } from '../bot.ts'

export type HandleParts = {
  readonly client: Pick<ChatClient, 'me' | 'send' | 'messages'>
  readonly state: BotState
  readonly log: (text: string) => void
}

/** What handlers get. */
export function makeHandle({ client, state, log }: HandleParts, signal: AbortSignal): BotHandle {
  return {
    me: client.me,
    state,
    signal,
    log,
    send: (to, text) => client.send(to, text),
    async history(peer, { limit = 20 } = {}) {
      const lines = await client.messages({ with: peer, limit })
      return lines.map(({ from, at, text }) => ({ from, at, text }))
    },
  }
}
