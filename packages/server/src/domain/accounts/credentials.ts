import { ChatError, type UserName } from '@secure-chat/protocol'
import type { Log, User, UserStore } from '../../ports/index.ts'
import { addressKey } from './address.ts'
import type { Passwords } from './passwords.ts'
import type { SignInLimits } from './sign-in-limits.ts'

export interface Credentials {
  /**
   * The user whose password it is, as stored now. Also behind a session: whoever found an open
   * terminal does not know the password (ASVS 7.5.3), and may not guess it faster than at sign-in.
   *
   * @throws ChatError `bad_credentials`, `account_suspended` (right password only), `rate_limited`, `busy`
   */
  check(name: UserName, password: string, ip: string): Promise<User>
  /** Are password, key and standing still those that `check` saw? */
  isPresent(user: User): Promise<boolean>
}

export function makeCredentials({
  users,
  passwords,
  limits,
  log,
}: {
  readonly users: UserStore
  readonly passwords: Passwords
  readonly limits: SignInLimits
  readonly log: Log
}): Credentials {
  return {
    async check(name, password, ip) {
      const address = addressKey(ip)
      const attempt = limits.count(name, address)
      let isCounted = false
      try {
        const before = await users.find(name)
        const isRight = await passwords.verify(before?.passwordHash, password, address)
        // Read again: removed, suspended or given another key or password while the hash was computed.
        const user = isRight ? await users.find(name) : undefined
        if (user === undefined || user.passwordHash !== before?.passwordHash) {
          isCounted = true
          log.info({ event: 'sign_in.failed', user: name, address }, 'wrong name or password')
          throw new ChatError('bad_credentials')
        }
        limits.trust(name, address)
        if (user.isSuspended) throw new ChatError('account_suspended')
        return await rehash(user, password, address)
      } finally {
        // Neither a success nor our own failure (busy, database down) is a wrong guess.
        if (!isCounted) attempt.takeBack()
      }
    },
    async isPresent(user) {
      const now = await users.find(user.name)
      return (
        now !== undefined &&
        !now.isSuspended &&
        now.passwordHash === user.passwordHash &&
        now.seq === user.seq
      )
    },
  }

  async function rehash(user: User, password: string, address: string): Promise<User> {
    if (!passwords.isOutdated(user.passwordHash)) return user
    try {
      const passwordHash = await passwords.hash(password, address)
      // Changed while the hash was computed: the old password must not come back.
      const outcome = await users.setPasswordHash(user.name, passwordHash, user.passwordHash)
      return outcome === 'changed' ? { ...user, passwordHash } : user
    } catch (error) {
      // The old hash still holds; the next sign-in tries again.
      log.warn({ err: error, user: user.name }, 'password was not rehashed')
      return user
    }
  }
}
