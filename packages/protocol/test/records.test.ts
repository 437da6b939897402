import fc from 'fast-check'
import { parseSystemEvent, queueRecordSchema, streamEventSchema } from '../src/index.ts'
import { runs } from './runs.ts'

const record = {
  id: '15d607b9-5398-4671-a472-9682d7c903dc',
  type: 'CHAT_MESSAGE',
  sender: 'alice',
  message: 'x',
  timestamp: '2026-11-23T18:00:00.000Z',
}
const fingerprint = 'a'.repeat(64)

test('a record has exactly the documented names', () => {
  expect(queueRecordSchema.parse({ ...record, secret: 1 })).toEqual(record)
  expect(queueRecordSchema.parse({ ...record, meta: { 'slow-mode.wait': '3' } }).meta).toEqual({
    'slow-mode.wait': '3',
  })
  for (const name of Object.keys(record)) {
    expect(queueRecordSchema.safeParse({ ...record, [name]: undefined }).success).toBe(false)
  }
})

test.each([
  '2026-11-23T18:00:00Z',
  '2026-11-23 18:00:00.000Z',
  '2026-11-23T18:00:00.000+01:00',
  '1790000000000',
])('refuses the time %s', (timestamp) => {
  expect(queueRecordSchema.safeParse({ ...record, timestamp }).success).toBe(false)
})

test.each([
  { event: 'session.opened', session_id: '0123456789abcdef', at: record.timestamp },
  { event: 'key.changed', name: 'bob', old_key: fingerprint, new_key: fingerprint, seq: 1 },
  { event: 'account.recovered' },
  { event: 'account.removed', name: 'bob' },
])('reads the system event $event', (event) => {
  expect(parseSystemEvent(JSON.stringify(event))).toEqual(event)
})

test.each([
  '',
  'null',
  '[]',
  '{"event":"unknown"}',
  '{"event":"account.removed","name":"a\\u001bb"}',
  '{',
])('an unknown or broken system event is none: %s', (message) => {
  expect(parseSystemEvent(message)).toBeUndefined()
})

test('no text makes reading a system event fail', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (message) => {
      expect(() => parseSystemEvent(message)).not.toThrow()
    }),
    runs(200),
  )
})

test.each([
  { event: 'ready', id: 'AAAA', data: { now: record.timestamp } },
  { event: 'message', id: 'AAAA', data: record },
  { event: 'presence', data: { name: 'bob', state: 'away', text: null, last_seen: null } },
  { event: 'resync', data: { resume: 'AAAA' } },
  { event: 'end', data: { code: 'token_invalid' } },
])('reads the stream event $event', (event) => {
  expect(streamEventSchema.parse(event)).toEqual(event)
})
