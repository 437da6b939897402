import { ChatError } from '../src/index.ts'

/** The `ChatError` that the call throws; anything else fails the test. */
export function thrown(call: () => unknown): ChatError {
  try {
    call()
  } catch (error) {
    if (error instanceof ChatError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

export async function rejected(call: Promise<unknown>): Promise<ChatError> {
  try {
    await call
  } catch (error) {
    if (error instanceof ChatError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
