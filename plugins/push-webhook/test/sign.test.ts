import { expect, test } from '@jest/globals'
import { parseSecret, webhookHeaders } from '../src/sign.ts'

// The published vector: standard-webhooks/standard-webhooks, libraries/javascript/src/webhook.test.ts, "sign function works".
const vector = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  atMs: 1614265330 * 1000,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}

test('signs as the reference implementation of Standard Webhooks does', () => {
  expect(webhookHeaders(vector, [parseSecret(vector.secret, 'it')])).toEqual({
    'webhook-id': vector.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': vector.signature,
  })
})

test('signs with every secret, so that a receiver may have the old or the new one', () => {
  const other = parseSecret(`whsec_${Buffer.alloc(32, 7).toString('base64')}`, 'it')
  const both = webhookHeaders(vector, [other, parseSecret(vector.secret, 'it')])
  const [first, second, ...more] = String(both['webhook-signature']).split(' ')
  expect(first).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/)
  expect(first).not.toBe(second)
  expect(second).toBe(vector.signature)
  expect(more).toEqual([])
})

test('the time is in whole seconds', () => {
  const headers = webhookHeaders({ ...vector, atMs: vector.atMs + 999 }, [])
  expect(headers['webhook-timestamp']).toBe('1614265330')
})

const ofBytes = (count: number) => `whsec_${Buffer.alloc(count, 1).toString('base64')}`

test.each([ofBytes(24), ofBytes(32), ofBytes(64)])('takes the secret %s', (secret) => {
  expect(parseSecret(secret, 'it').toString('base64')).toBe(secret.slice(6))
})

test.each([
  '',
  'whsec_',
  ofBytes(23),
  ofBytes(65),
  ofBytes(32).slice(6),
  ofBytes(32).replace('whsec_', 'whsk_'),
  `${ofBytes(32)}!`,
  ofBytes(32).slice(0, -1),
])('refuses the secret %j and does not show it', (secret) => {
  expect(() => parseSecret(secret, 'secrets.1')).toThrow(/^secrets\.1 is no secret: /)
  const shown = () => {
    try {
      parseSecret(secret, 'secrets.1')
    } catch (error) {
      return String(error)
    }
    return ''
  }
  if (secret.length > 10) expect(shown()).not.toContain(secret.slice(6))
})
