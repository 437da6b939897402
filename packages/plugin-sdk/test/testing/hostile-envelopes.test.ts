import { hostileEnvelopes } from '../../src/testing/index.ts'

test('the corpus is frozen, as the server freezes what it hands out', () => {
  for (const envelope of hostileEnvelopes()) {
    expect(Object.isFrozen(envelope) && Object.isFrozen(envelope.meta)).toBe(true)
  }
})
