import type { QueueRecord } from '@secure-chat/protocol'

const message = 'x'.repeat(1024)

/** A message of 1 KiB, of this moment. */
export function newRecord(): QueueRecord {
  return {
    id: '0196b8a0-0000-7000-8000-000000000000',
    type: 'CHAT_MESSAGE',
    sender: 'alice',
    message,
    timestamp: new Date().toISOString(),
  }
}
