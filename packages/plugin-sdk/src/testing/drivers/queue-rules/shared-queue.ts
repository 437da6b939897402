import type { MessageQueue } from '../../../server/index.ts'
import type { OpenQueue, QueueUnderTest } from '../queue-under-test.ts'
import { afterAll, beforeAll } from '../suite.ts'

export interface SharedQueue {
  readonly queue: MessageQueue
  readonly clock: { now(): number; advance(ms: number): Promise<void> | void }
}

const realClock: SharedQueue['clock'] = {
  now: () => Date.now(),
  advance: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

/** One open queue for the tests of a block: they keep apart by user names. */
export function sharedQueue(open: OpenQueue): SharedQueue {
  let opened: QueueUnderTest | undefined
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(async () => {
    await opened?.close()
  })
  const present = (): QueueUnderTest => {
    if (!opened) throw new Error('The queue is open only while tests run.')
    return opened
  }
  return {
    get queue() {
      return present().queue
    },
    get clock() {
      return present().clock ?? realClock
    },
  }
}
