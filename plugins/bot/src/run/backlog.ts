import type { ChatClient, ChatMessage } from '@secure-chat/plugin-sdk/cli'

type Reader = Pick<ChatClient, 'messages' | 'me'>

/** More lines than any history has. */
const all = 1_000_000
const conversationMax = 10_000

/** What came and nobody has dealt with, oldest first, and those of it that the bot answered before it was killed. */
export async function readBacklog(client: Reader): Promise<{
  readonly messages: readonly ChatMessage[]
  readonly answers: ReadonlyMap<string, string>
}> {
  const messages = await client.messages({ unread: true, limit: all })
  const answers = new Map<string, string>()
  for (const peer of new Set(messages.map(({ from }) => from))) {
    const lines = await client.messages({ with: peer, limit: conversationMax })
    for (const { direction, re, id } of lines) {
      if (direction === 'out' && re !== undefined) answers.set(keyOf(peer, re), id)
    }
  }
  return { messages, answers }
}

/** Ids are unique for their sender. */
export function keyOf(from: string, id: string): string {
  return `${from} ${id}`
}
