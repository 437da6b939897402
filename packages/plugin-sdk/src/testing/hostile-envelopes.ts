import type { Envelope } from '../server/envelope.ts'

/**
 * Envelopes that a server may well hand to a plugin and that its author did not think of: names at their limits,
 * messages that are empty, huge or look like code, annotations of others under names of JavaScript's own.
 *
 * @example
 * import { hostileEnvelopes } from '@secure-chat/plugin-sdk/testing'
 *
 * for (const envelope of hostileEnvelopes()) Object.freeze(envelope)
 */
export function hostileEnvelopes(): Envelope[] {
  const messages = [
    '',
    ' ',
    '\u0000',
    '\ud800',
    '__proto__',
    '{"__proto__":{"kind":"reject"}}',
    '[]',
    'null',
    '\u202edrowssap',
    '\u001b]0;owned\u0007',
    "'; DROP TABLE users; --",
    '%00%0d%0a',
    '🏴‍☠️'.repeat(100),
    'x'.repeat(192 * 1024),
  ]
  const plain = messages.map((message) => envelopeOf({ message }))
  return [
    ...plain,
    envelopeOf({ sender: 'a0', recipient: 'a0' }),
    envelopeOf({ sender: `z${'-'.repeat(31)}`, recipient: 'constructor' }),
    envelopeOf({ type: 'KEY_EXCHANGE', message: 'a.b.c.d.e' }),
    envelopeOf({ type: 'x-hasownproperty' }),
    envelopeOf({ timestamp: '1970-01-01T00:00:00.000Z' }),
    envelopeOf({ meta: Object.freeze({ 'a.toString': '', 'other.__proto__': 'x'.repeat(1000) }) }),
  ]
}

function envelopeOf(part: Partial<Envelope>): Envelope {
  return Object.freeze({
    id: '15d607b9-5398-4671-a472-9682d7c903dc',
    type: 'CHAT_MESSAGE',
    sender: 'alice',
    recipient: 'bob',
    timestamp: '2026-11-23T18:00:00.000Z',
    message: 'eyJhbGciOiJkaXIi',
    meta: Object.freeze({}),
    ...part,
  })
}
