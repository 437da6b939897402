import { jest } from '@jest/globals'
import { describeWithServices, sharedKafka } from '@secure-chat/e2e/services'
import { queueDriverConformance } from '@secure-chat/plugin-sdk/testing'
import { openTestQueue } from './open-test-queue.ts'

jest.setTimeout(180_000)

describeWithServices('on a real broker', () => {
  queueDriverConformance('kafka topics', async () => {
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
