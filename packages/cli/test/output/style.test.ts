import { expect, test } from '@jest/globals'
import { readEnvironment } from '../../src/config/environment.ts'
import { styleFor } from '../../src/output/style.ts'

const isColour = (variables: Record<string, string>, isTTY: boolean) =>
  styleFor({ isTTY }, readEnvironment(variables)).isColour

test('colour is for terminals, unless asked for or refused', () => {
  expect(isColour({}, true)).toBe(true)
  expect(isColour({}, false)).toBe(false)
  expect(isColour({ NO_COLOR: '1' }, true)).toBe(false)
  expect(isColour({ NO_COLOR: '' }, true)).toBe(true)
  expect(isColour({ TERM: 'dumb' }, true)).toBe(false)
  expect(isColour({ FORCE_COLOR: '1' }, false)).toBe(true)
  expect(isColour({ FORCE_COLOR: '0' }, true)).toBe(false)
  expect(isColour({ FORCE_COLOR: '1', NO_COLOR: '1' }, false)).toBe(true)
})

test('plain is asked for by variable or by a terminal that cannot do more', () => {
  expect(readEnvironment({ SECURE_CHAT_PLAIN: '1' }).isPlain).toBe(true)
  expect(readEnvironment({ SECURE_CHAT_PLAIN: '0' }).isPlain).toBe(false)
  expect(readEnvironment({ TERM: 'dumb' }).isPlain).toBe(true)
  expect(readEnvironment({ TERM: 'xterm' }).isPlain).toBe(false)
})
