import { jest } from '@jest/globals'
import { ChatError, isChatError } from '../../src/errors/chat-error.ts'

test('an error of another copy of this package is known by its code', async () => {
  jest.resetModules()
  const other = await import('../../src/errors/chat-error.ts')
  expect(other.ChatError).not.toBe(ChatError)
  const error: unknown = new other.ChatError('no_such_user')
  expect(error instanceof ChatError).toBe(false)
  expect(isChatError(error)).toBe(true)
  expect(isChatError(error, 'no_such_user')).toBe(true)
  expect(isChatError(error, 'internal')).toBe(false)
})

test.each([undefined, null, 'no_such_user', { code: 'no_such_user' }, new Error('no_such_user')])(
  '%p is none',
  (value) => expect(isChatError(value)).toBe(false),
)
