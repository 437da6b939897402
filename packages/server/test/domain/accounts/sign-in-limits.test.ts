import { expect, test } from '@jest/globals'
import { isChatError, parseUserName } from '@secure-chat/protocol'
import { makeSignInLimits } from '../../../src/domain/accounts/sign-in-limits.ts'
import { makeVirtualClock } from '../../../src/virtual-clock.ts'

const alice = parseUserName('alice')
const settings = { isOn: true, failures: 5, failuresPerAddress: 20, failuresPerAccount: 100 }
const here = '192.0.2.1'

function retryAfter(run: () => unknown): number | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (isChatError(error, 'rate_limited')) return error.retryAfterS
    throw error
  }
}

test('refuses the sixth failure in 15 minutes of an account from one address, and says how long', async () => {
  const clock = makeVirtualClock()
  const limits = makeSignInLimits({ clock, settings })
  limits.count(alice, here)
  await clock.advance(60_000)
  for (let i = 0; i < 4; i++) limits.count(alice, here)
  expect(retryAfter(() => limits.count(alice, here))).toBe(14 * 60)
  expect(retryAfter(() => limits.count(alice, '192.0.2.2'))).toBeUndefined()
  await clock.advance(14 * 60_000)
  expect(retryAfter(() => limits.count(alice, here))).toBeUndefined()
  expect(retryAfter(() => limits.count(alice, here))).toBe(60)
})

test('a refused try does not count: waiting helps', async () => {
  const clock = makeVirtualClock()
  const limits = makeSignInLimits({ clock, settings })
  for (let i = 0; i < 5; i++) limits.count(alice, here)
  for (let i = 0; i < 50; i++) retryAfter(() => limits.count(alice, here))
  await clock.advance(15 * 60_000)
  expect(retryAfter(() => limits.count(alice, here))).toBeUndefined()
})

test('counts guesses sent side by side before any has failed, and takes back those that were right', () => {
  const limits = makeSignInLimits({ clock: makeVirtualClock(), settings })
  const attempts = Array.from({ length: 5 }, () => limits.count(alice, here))
  expect(retryAfter(() => limits.count(alice, here))).toBe(900)
  for (const attempt of attempts) attempt.takeBack()
  expect(retryAfter(() => limits.count(alice, here))).toBeUndefined()
})

test('refuses the 21st failure of one address, over all accounts', () => {
  const limits = makeSignInLimits({ clock: makeVirtualClock(), settings })
  for (let i = 0; i < 20; i++) limits.count(parseUserName(`user${i}`), here)
  expect(retryAfter(() => limits.count(alice, here))).toBe(900)
  expect(retryAfter(() => limits.count(alice, '192.0.2.2'))).toBeUndefined()
})

test('a guess spread over addresses is slowed, without locking out where the owner signs in', () => {
  const limits = makeSignInLimits({ clock: makeVirtualClock(), settings })
  limits.trust(alice, 'home')
  for (let i = 0; i < 100; i++) limits.count(alice, `198.51.100.${i}`)
  expect(retryAfter(() => limits.count(alice, '203.0.113.9'))).toBe(3600)
  expect(retryAfter(() => limits.count(alice, 'home'))).toBeUndefined()
})

test('switched off, nothing is refused', () => {
  const limits = makeSignInLimits({
    clock: makeVirtualClock(),
    settings: { ...settings, isOn: false },
  })
  for (let i = 0; i < 1000; i++) limits.count(alice, here)
})
