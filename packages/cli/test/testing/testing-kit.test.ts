import { expect, test } from '@jest/globals'
import type { CliTesting } from '@secure-chat/plugin-sdk/testing'
import * as testing from '../../src/testing/index.ts'

test('the testing kit of plugins finds here what it expects, which it does not import by type', () => {
  const expected: CliTesting = testing
  expect(expected.startTestChat).toBe(testing.startTestChat)
})
