import { describeWithServices } from '@secure-chat/e2e/services'
import { queueDriverConformance } from '@secure-chat/plugin-sdk/testing'
import { ownLanes } from './own-lanes.ts'

describeWithServices('on a real broker and a database', () => {
  queueDriverConformance('lanes', async () => {
    const lanes = await ownLanes()
    let queue = await lanes.open()
    return {
      queue,
      async reopen() {
        await queue.close()
        queue = await lanes.open()
        return queue
      },
      close: () => lanes.close(),
    }
  })
})
