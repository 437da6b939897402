import * as p from '@secure-chat/e2ee'

test('x', () => {
  expect(p).toBeDefined()
})
