import type { MessageQueue } from '@secure-chat/plugin-sdk/server'
import { closingRules } from './queue-rules/closing.ts'
import { cursorRules } from './queue-rules/cursors.ts'
import { expiryRules } from './queue-rules/expiry.ts'
import { modelRules } from './queue-rules/model.ts'
import { readingRules } from './queue-rules/reading.ts'
import { tailRules } from './queue-rules/tails.ts'

/** A queue under test. The suite never looks behind the port and may share the engine with other suites. */
export interface QueueUnderTest {
  readonly queue: MessageQueue
  /** Closes the present queue if it is open and opens the same data again. Needed where `supports.durability`. */
  readonly reopen?: () => Promise<MessageQueue>
  /** The engine's clock, if it can be moved. Without it the suite waits for the real one. */
  readonly clock?: { now(): number; advance(ms: number): void }
  /** Releases everything; called once, after `queue.close()` or without it. */
  readonly close: () => Promise<void>
}

export type OpenQueue = () => Promise<QueueUnderTest>

/**
 * What every driver of the `MessageQueue` port must do. Three lines to use:
 *
 * @example
 * messageQueueConformance('kafka', async () => {
 *   const queue = await openKafkaQueue({ url })
 *   return { queue, close: () => queue.close() }
 * })
 */
export function messageQueueConformance(name: string, open: OpenQueue): void {
  describe(`${name}: message queue`, () => {
    readingRules(open)
    cursorRules(open)
    tailRules(open)
    expiryRules(open)
    closingRules(open)
    modelRules(open)
  })
}
