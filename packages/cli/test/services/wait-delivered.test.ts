import { expect, test } from '@jest/globals'
import type { LiveEvent } from '@secure-chat/client'
import { watchDeliveries } from '../../src/services/wait-delivered.ts'

/** A live connection that says what it is told to, and ends with the signal. */
function scripted() {
  const queue: LiveEvent[] = []
  let wake = () => {}
  return {
    say(event: LiveEvent) {
      queue.push(event)
      wake()
    },
    account: {
      async *live({ signal }: { signal: AbortSignal }) {
        signal.addEventListener('abort', () => wake())
        while (!signal.aborted) {
          const event = queue.shift()
          if (event) yield event
          else await new Promise<void>((resolve) => (wake = resolve))
        }
      },
    },
  }
}

const delivery = (id: string, state: 'sent' | 'delivered' | 'read'): LiveEvent => ({
  type: 'delivery',
  id,
  to: 'bob',
  state,
})

test('a receipt that comes before anybody waits is not missed', async () => {
  const { say, account } = scripted()
  const watch = watchDeliveries(account)
  say(delivery('1', 'delivered'))
  expect(await watch.delivered('1', 1000)).toBe('delivered')
  await watch.stop()
})

test('several are waited for at once, each by its own receipt', async () => {
  const { say, account } = scripted()
  const watch = watchDeliveries(account)
  const both = Promise.all([watch.delivered('1', 5000), watch.delivered('2', 5000)])
  say(delivery('2', 'sent'))
  say(delivery('2', 'read'))
  say(delivery('1', 'delivered'))
  expect(await both).toEqual(['delivered', 'read'])
  await watch.stop()
})

test('none in time is a timeout that says the message is on the server', async () => {
  const { account } = scripted()
  const watch = watchDeliveries(account)
  await expect(watch.delivered('1', 10)).rejects.toMatchObject({ code: 'timeout', exit: 3 })
  await watch.stop()
})

test('a session that ends ends the wait', async () => {
  const account = {
    // biome-ignore lint/correctness/useYield: it ends before there is anything to tell
    async *live(): AsyncGenerator<LiveEvent> {
      throw new Error('ended')
    },
  }
  const watch = watchDeliveries(account)
  await expect(watch.delivered('1', 5000)).rejects.toThrow('ended')
  // Told once: the end of the watch must not cover what became of the message.
  await watch.stop()
})
