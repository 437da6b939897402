import type { MessageQueue } from '../../server/index.ts'

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
