import { ChatError } from '@secure-chat/protocol'

const runningMax = 1000
const waitingMax = 10_000

/** Lets so many calls of one plugin into the server at once; others wait, and a flood is refused. */
export function makeGate(plugin: string): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: Array<() => void> = []

  return async (work) => {
    if (running >= runningMax) {
      if (waiting.length >= waitingMax) {
        throw new ChatError(
          'plugin_error',
          `Plugin ${plugin} calls the server more often than it answers: ${waitingMax} calls wait.`,
        )
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    running += 1
    try {
      return await work()
    } finally {
      running -= 1
      waiting.shift()?.()
    }
  }
}
