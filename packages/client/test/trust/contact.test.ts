import { parseUserName } from '@secure-chat/protocol'
import {
  acceptKey,
  applySeenKey,
  newContact,
  type SeenKey,
  trustOf,
} from '../../src/trust/contact.ts'
import { readyIdentity } from '../support/ready-keys.ts'

let keys: SeenKey[]
beforeAll(async () => {
  keys = []
  for (let seq = 0; seq < 3; seq += 1) {
    const { publicPem: pem, fingerprint } = await readyIdentity()
    keys.push({ pem, fingerprint, seq, at: 0 })
  }
})

const key = (n: number): SeenKey => {
  const found = keys[n]
  if (!found) throw new Error('no such key')
  return found
}
const pinned = () => applySeenKey(newContact(parseUserName('bob')), key(0), 'first')
const verified = () => acceptKey(pinned(), key(0), true)

test('new, pinned, verified, changed', () => {
  expect(trustOf(undefined)).toBe('new')
  expect(trustOf(newContact(parseUserName('bob')))).toBe('new')
  expect(trustOf(pinned())).toBe('pinned')
  expect(trustOf(verified())).toBe('verified')
  expect(trustOf(applySeenKey(pinned(), key(1), 'unproved'))).toBe('changed')
})

test('a proved change replaces an unverified pin, keeps the old key for reading, and stops at a verified one', () => {
  const accepted = applySeenKey(pinned(), key(1), 'proved')
  expect(trustOf(accepted)).toBe('pinned')
  expect(accepted.pin?.fingerprint).toBe(key(1).fingerprint)
  expect(accepted.earlier.map(({ fingerprint }) => fingerprint)).toEqual([key(0).fingerprint])
  const stopped = applySeenKey(verified(), key(1), 'proved')
  expect(trustOf(stopped)).toBe('changed')
  expect(stopped.pin?.fingerprint).toBe(key(0).fingerprint)
  expect(stopped.changed?.isProved).toBe(true)
})

test('an unproved change never moves the pin, and is forgotten when the pinned key is shown again', () => {
  const stopped = applySeenKey(pinned(), key(1), 'unproved')
  expect(stopped.pin?.fingerprint).toBe(key(0).fingerprint)
  expect(trustOf(applySeenKey(stopped, key(0), 'same'))).toBe('pinned')
})

test('a change accepted by the user is not verified by that, and going back to an earlier key is a change', () => {
  const accepted = acceptKey(applySeenKey(verified(), key(1), 'unproved'), key(1), false)
  expect(trustOf(accepted)).toBe('pinned')
  const back = acceptKey(applySeenKey(accepted, key(0), 'unproved'), key(0), false)
  expect(back.earlier.map(({ fingerprint }) => fingerprint)).toEqual([key(1).fingerprint])
})
