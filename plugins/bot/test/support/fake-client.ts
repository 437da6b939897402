/** A profile in memory that outlives bots, as the vault does: history, what is unread, who is trusted, what comes. */
import type { ChatClient, ChatMessage } from '@secure-chat/plugin-sdk/cli'
import { ChatError } from '@secure-chat/plugin-sdk/cli'

type Line = ChatMessage & { isUnread: boolean }

export function fakeProfile(me = 'bot') {
  const lines: Line[] = []
  const feeds = new Set<(message: ChatMessage) => void>()
  const changed = new Set<string>()
  const wakers = new Set<() => void>()
  let next = 0

  function add(part: Partial<ChatMessage> & { from: string; to: string }): ChatMessage {
    next += 1
    const text = part.text ?? ''
    const line: Line = {
      id: `id-${next}`,
      at: '2026-11-23T18:00:00.000Z',
      direction: part.from === me ? 'out' : 'in',
      kind: 'text',
      text,
      body: { text },
      meta: {},
      trust: changed.has(part.from) ? 'changed' : 'pinned',
      isUnread: part.from !== me,
      ...part,
    }
    lines.push(line)
    for (const wake of wakers) wake()
    return line
  }

  const client = {
    me,
    async send(to: string, text: string, { re }: { re?: string } = {}) {
      if (changed.has(to)) throw new ChatError('key_not_trusted')
      return { id: add({ from: me, to, text, ...(re !== undefined && { re }) }).id }
    },
    async messages({
      with: peer,
      limit = 100,
      unread,
    }: {
      with?: string
      limit?: number
      unread?: boolean
    } = {}) {
      return lines
        .filter((line) => peer === undefined || line.from === peer || line.to === peer)
        .filter((line) => unread !== true || line.isUnread)
        .slice(-limit)
    },
    async markRead(from: string, id: string) {
      const end = lines.findIndex((line) => line.from === from && line.id === id)
      const read = lines.slice(0, end + 1).filter((line) => line.from === from && line.isUnread)
      for (const line of read) line.isUnread = false
      for (const wake of wakers) wake()
      return read.length
    },
    listen({ signal }: { signal?: AbortSignal } = {}): AsyncIterable<ChatMessage> {
      const queue: ChatMessage[] = []
      let wake: () => void = () => undefined
      feeds.add((message) => {
        queue.push(message)
        wake()
      })
      signal?.addEventListener('abort', () => wake())
      return (async function* () {
        while (signal?.aborted !== true) {
          const message = queue.shift()
          if (message !== undefined) yield message
          else {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
        }
      })()
    },
    async users() {
      const names = new Set(lines.flatMap(({ from, to }) => [from, to]))
      return [...names].map((name) => ({
        name,
        state: 'online' as const,
        trust: changed.has(name) ? ('changed' as const) : ('pinned' as const),
      }))
    },
  } satisfies Pick<ChatClient, 'me' | 'send' | 'messages' | 'markRead' | 'listen' | 'users'>

  return {
    client,
    lines,
    changed,
    /** Somebody writes: it is in the history, and whoever listens hears of it. */
    write(from: string, text: string, part: Partial<ChatMessage> = {}): ChatMessage {
      const message = add({ from, to: me, text, ...part })
      for (const feed of feeds) feed(message)
      return message
    },
    /** Nobody listens any more: the process is gone. */
    forgetListeners: () => feeds.clear(),
    answers: (to: string) =>
      lines.filter((line) => line.from === me && line.to === to).map(({ text }) => text),
    /** Resolves when it holds, looked at whenever a line comes. */
    until(holds: () => boolean): Promise<void> {
      return new Promise((resolve) => {
        const look = () => {
          if (!holds()) return
          wakers.delete(look)
          resolve()
        }
        wakers.add(look)
        look()
      })
    },
    wake: () => {
      for (const wake of wakers) wake()
    },
  }
}
