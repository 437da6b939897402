import { DatabaseSync } from 'node:sqlite'
import * as p from '@secure-chat/protocol'

test('x', () => {
  expect(p).toBeDefined()
  expect(new DatabaseSync(':memory:')).toBeDefined()
})
