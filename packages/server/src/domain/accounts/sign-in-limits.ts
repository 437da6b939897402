import type { UserName } from '@secure-chat/protocol'
import type { Clock } from '../../ports/index.ts'
import { type Attempt, makeAttemptWindow, unlimitedAttempts } from './attempts.ts'

export interface SignInLimitSettings {
  readonly isOn: boolean
  readonly failures: number
  readonly failuresPerAddress: number
  readonly failuresPerAccount: number
}

export interface SignInLimits {
  /**
   * Counts a try as failed until it is taken back.
   *
   * @throws ChatError `rate_limited`
   */
  count(name: UserName, address: string): Attempt
  /** An address from which the account's password was right: strangers' failures elsewhere cannot lock it out. */
  trust(name: UserName, address: string): void
}

const windowMs = 15 * 60_000
const accountWindowMs = 3_600_000
const maxTrusted = 100_000

/**
 * Five failures in 15 minutes per account and address, 20 per address, and a slower limit per account
 * over all addresses against a guess spread over many machines (ASVS 6.3.1).
 */
export function makeSignInLimits({
  clock,
  settings,
}: {
  readonly clock: Clock
  readonly settings: SignInLimitSettings
}): SignInLimits {
  const window = (limit: number, ms: number) =>
    settings.isOn
      ? makeAttemptWindow({ clock, limit, windowMs: ms, detail: 'Too many failed sign-ins.' })
      : unlimitedAttempts
  const pairs = window(settings.failures, windowMs)
  const addresses = window(settings.failuresPerAddress, windowMs)
  const accounts = window(settings.failuresPerAccount, accountWindowMs)
  const trusted = new Set<string>()

  return {
    count(name, address) {
      const counted: Attempt[] = []
      const takeBack = () => {
        for (const attempt of counted) attempt.takeBack()
      }
      const pair = `${name} ${address}`
      try {
        counted.push(pairs.count(pair), addresses.count(address))
        if (!trusted.has(pair)) counted.push(accounts.count(name))
      } catch (error) {
        takeBack()
        throw error
      }
      return { takeBack }
    },
    trust(name, address) {
      const pair = `${name} ${address}`
      trusted.delete(pair)
      trusted.add(pair)
      const [oldest] = trusted
      if (trusted.size > maxTrusted && oldest !== undefined) trusted.delete(oldest)
    },
  }
}
