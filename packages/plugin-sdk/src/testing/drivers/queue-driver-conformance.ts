import { closingRules } from './queue-rules/closing.ts'
import { cursorRules } from './queue-rules/cursors.ts'
import { expiryRules } from './queue-rules/expiry.ts'
import { modelRules } from './queue-rules/model.ts'
import { readingRules } from './queue-rules/reading.ts'
import { tailRules } from './queue-rules/tails.ts'
import type { OpenQueue } from './queue-under-test.ts'
import { describe } from './suite.ts'

/**
 * What every driver of the `MessageQueue` port must do, as tests of the file that calls it: the suite that the server's
 * own drivers pass. It looks for the globals of Jest, and for fast-check (4) among the plugin's dev dependencies.
 *
 * @example
 * import { queueDriverConformance } from '@secure-chat/plugin-sdk/testing'
 * import type { MessageQueue } from '@secure-chat/plugin-sdk/server'
 *
 * declare function openMyQueue(url: string): Promise<MessageQueue>
 *
 * queueDriverConformance('my queue', async () => {
 *   const queue = await openMyQueue('mine://127.0.0.1')
 *   return { queue, close: () => queue.close() }
 * })
 */
export function queueDriverConformance(name: string, open: OpenQueue): void {
  describe(`${name}: message queue`, () => {
    readingRules(open)
    cursorRules(open)
    tailRules(open)
    expiryRules(open)
    closingRules(open)
    modelRules(open)
  })
}
