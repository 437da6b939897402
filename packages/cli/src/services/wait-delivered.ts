import type { Account } from '@secure-chat/client'
import { ChatError } from '@secure-chat/protocol/errors'

export type DeliveryWatch = {
  /** Resolves when the message has come to the recipient. @throws ChatError timeout */
  delivered(id: string, timeoutMs: number): Promise<'delivered' | 'read'>
  stop(): Promise<void>
}

/** Listens for receipts from before the message is sent, so that a quick one is not missed. */
export function watchDeliveries(account: Pick<Account, 'live'>): DeliveryWatch {
  const stopping = new AbortController()
  const states = new Map<string, 'delivered' | 'read'>()
  const waiting = new Set<() => void>()
  const listening = (async () => {
    for await (const event of account.live({ signal: stopping.signal })) {
      if (event.type !== 'delivery') continue
      if (event.state === 'delivered' || event.state === 'read') states.set(event.id, event.state)
      for (const wake of waiting) wake()
    }
  })()
  // Whoever waits sees the failure through the race below; between two waits nobody looks.
  listening.catch(() => {})
  return {
    async delivered(id, timeoutMs) {
      const { promise: late, resolve } = Promise.withResolvers<'late'>()
      const timer = setTimeout(() => resolve('late'), timeoutMs)
      try {
        for (;;) {
          const state = states.get(id)
          if (state) return state
          const { promise: news, resolve: onNews } = Promise.withResolvers<void>()
          waiting.add(onNews)
          const outcome = await Promise.race([news, late, listening])
          waiting.delete(onNews)
          if (outcome === 'late') throw noReceipt(timeoutMs)
        }
      } finally {
        clearTimeout(timer)
      }
    },
    async stop() {
      stopping.abort()
      // What ended it meanwhile (the session's end, say) was told by the sending, which must not be covered by it.
      await listening.catch(() => {})
    },
  }
}

function noReceipt(timeoutMs: number): ChatError {
  return new ChatError(
    'timeout',
    `The message is on the server, but no receipt came within ${timeoutMs / 1000} s. The recipient may be offline or send no receipts.`,
    { suggestions: ['Receipts are the choice of each user: secure-chat config set receipts on'] },
  )
}
