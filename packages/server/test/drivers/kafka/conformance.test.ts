import { describeWithServices, sharedKafka } from '@secure-chat/e2e/services'
import { messageQueueConformance } from '../message-queue-conformance.ts'
import { openTestQueue } from './open-test-queue.ts'

describeWithServices('on a real broker', () => {
  messageQueueConformance('kafka topics', async () => {
    const { port } = await sharedKafka()
    let queue = await openTestQueue(port)
    return {
      queue,
      async reopen() {
        await queue.close()
        queue = await openTestQueue(port)
        return queue
      },
      close: () => queue.close(),
    }
  })
})
