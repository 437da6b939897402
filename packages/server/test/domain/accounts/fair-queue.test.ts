import { expect, test } from '@jest/globals'
import { isChatError } from '@secure-chat/protocol'
import { makeFairQueue } from '../../../src/domain/accounts/fair-queue.ts'

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

test('works on no more at once than it may', async () => {
  const queue = makeFairQueue({ concurrency: 2, maxWaiting: 10, maxWaitingPerKey: 10 })
  let running = 0
  let most = 0
  const work = async () => {
    running += 1
    most = Math.max(most, running)
    await new Promise(setImmediate)
    running -= 1
  }
  await Promise.all(Array.from({ length: 9 }, (_, i) => queue.run(`address ${i}`, work)))
  expect(most).toBe(2)
})

test('lets addresses take turns, so that one that asks a lot delays itself', async () => {
  const queue = makeFairQueue({ concurrency: 1, maxWaiting: 10, maxWaitingPerKey: 10 })
  const order: string[] = []
  const { opened, open } = gate()
  const first = queue.run('flood', () => opened)
  const rest = ['flood', 'flood', 'flood', 'alice', 'bob'].map((key) =>
    queue.run(key, async () => void order.push(key)),
  )
  open()
  await Promise.all([first, ...rest])
  expect(order).toEqual(['flood', 'alice', 'bob', 'flood', 'flood'])
})

test('answers busy beyond the share of an address and beyond the whole queue', async () => {
  const queue = makeFairQueue({ concurrency: 1, maxWaiting: 3, maxWaitingPerKey: 2 })
  const { opened, open } = gate()
  const accepted = [
    queue.run('a', () => opened),
    queue.run('a', async () => {}),
    queue.run('a', async () => {}),
  ]
  const isBusy = (error: unknown) => isChatError(error, 'busy') && error.retryAfterS === 1
  await expect(queue.run('a', async () => {}).catch(isBusy)).resolves.toBe(true)
  accepted.push(queue.run('b', async () => {}))
  await expect(queue.run('c', async () => {}).catch(isBusy)).resolves.toBe(true)
  open()
  await Promise.all(accepted)
})

test('goes on after a work that failed', async () => {
  const queue = makeFairQueue({ concurrency: 1, maxWaiting: 3, maxWaitingPerKey: 2 })
  await expect(queue.run('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  await expect(queue.run('a', async () => 'fine')).resolves.toBe('fine')
})
