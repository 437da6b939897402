import { jest } from '@jest/globals'
import { describeWithServices, sharedKafka } from '@secure-chat/e2e/services'
import { conformance, queueDriverConformance } from '@secure-chat/plugin-sdk/testing'
import plugin from '../src/server.ts'
import { openTestQueue } from './open-test-queue.ts'

jest.setTimeout(180_000)

describeWithServices('on a real broker', () => {
  queueDriverConformance('kafkajs', async () => {
    const { address } = await sharedKafka()
    let queue = await openTestQueue(address)
    return {
      queue,
      async reopen() {
        await queue.close()
        queue = await openTestQueue(address)
        return queue
      },
      close: () => queue.close(),
    }
  })
})

test('it conforms', async () => {
  await conformance(plugin)
})
