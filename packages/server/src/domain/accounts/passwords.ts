import { ChatError } from '@secure-chat/protocol'
import type { FairQueue } from './fair-queue.ts'
import { hashPassword, isOutdated, presentCost, verifyPassword } from './password-hash.ts'

export interface Passwords {
  /** @throws ChatError `weak_password` for one of the most common ones */
  refuseCommon(password: string): void
  /** @throws ChatError `busy` */
  hash(password: string, address: string): Promise<string>
  /**
   * Undefined as hash (no such user) costs the same and is false: neither time nor answer tells
   * whether a name exists (ASVS 6.3.8).
   *
   * @throws ChatError `busy`
   */
  verify(hash: string | undefined, password: string, address: string): Promise<boolean>
  isOutdated(hash: string): boolean
}

/** The common ones arrive in lower case: "Password1" is as easy to guess as "password1". */
export function makePasswords({
  queue,
  common,
}: {
  readonly queue: FairQueue
  readonly common: ReadonlySet<string>
}): Passwords {
  const dummy = `$argon2id$v=19$m=${presentCost.memoryKiB},t=${presentCost.passes},p=${presentCost.parallelism}$c2VjdXJlLWNoYXQvZHVtbQ$${'A'.repeat(43)}`
  return {
    refuseCommon(password) {
      if (common.has(password.toLowerCase())) {
        throw new ChatError(
          'weak_password',
          'This is one of the most common passwords, the first that an attacker tries. Choose another one.',
        )
      }
    },
    hash: (password, address) => queue.run(address, () => hashPassword(password)),
    async verify(hash, password, address) {
      const isRight = await queue.run(address, () => verifyPassword(hash ?? dummy, password))
      return isRight && hash !== undefined
    },
    isOutdated,
  }
}
