import type { ServerTesting } from '@secure-chat/plugin-sdk/testing'
import * as testing from '../src/testing.ts'

test('the testing kit of plugins finds here what it expects, which it does not import by type', () => {
  const expected: ServerTesting = testing
  expect(expected.startTestServer).toBe(testing.startTestServer)
})
