import { limits, type UserName } from '@secure-chat/protocol'
import type { KeyChange, User, UserStore } from '../../ports/index.ts'
import { noSuchUser } from '../mailboxes/directory.ts'

export interface PublicKeyPage {
  readonly user: User
  /** The newest 20, oldest first. */
  readonly changes: readonly KeyChange[]
}

/** The present public key of a user and how it came about. Throws `no_such_user`. */
export type ReadPublicKey = (name: UserName) => Promise<PublicKeyPage>

export function makeReadPublicKey({
  users,
}: {
  readonly users: Pick<UserStore, 'find' | 'keyChanges'>
}): ReadPublicKey {
  return async (name) => {
    const user = await users.find(name)
    if (user === undefined) throw noSuchUser(name)
    const changes = await users.keyChanges(name, limits.keyChangesShown)
    // Should the key change between the two reads, the chain must still end at the key that is shown.
    return { user, changes: changes.filter((change) => change.seq <= user.seq) }
  }
}
