import type { MessageQueue } from '@secure-chat/plugin-sdk/server'
import type { UserName } from '@secure-chat/protocol'

/**
 * Writes numbered messages into a mailbox until the process is killed, from `start` on. Many are under way at a time, as
 * with many connections. `onAcknowledged` hears each number once its message is kept.
 */
export async function writeMailbox(
  queue: MessageQueue,
  user: UserName,
  start: number,
  onAcknowledged: (number: number) => void,
): Promise<never> {
  let next = start
  const writer = async (): Promise<never> => {
    for (;;) {
      const number = next
      next += 1
      await queue.enqueue(user, {
        id: `${user} ${number}`,
        type: 'CHAT_MESSAGE',
        sender: 'writer',
        message: `${number} ${'x'.repeat((number * 37) % 3000)}`,
        timestamp: '2026-11-23T18:00:00.000Z',
      })
      onAcknowledged(number)
    }
  }
  return Promise.race(Array.from({ length: 16 }, writer))
}
