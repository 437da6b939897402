import type { UserName } from '@secure-chat/protocol'
import type { BlockStore } from '../../ports/index.ts'
import type { Directory } from './directory.ts'

/** Whose messages and exchanges a user does not accept. Both changes can be repeated without harm. */
export interface Blocks {
  list(user: UserName): Promise<UserName[]>
  /** @throws ChatError `no_such_user` */
  add(user: UserName, blocked: UserName): Promise<void>
  /** @throws ChatError `no_such_user`: neither blocked nor there */
  remove(user: UserName, blocked: UserName): Promise<void>
}

export function makeBlocks({
  store,
  directory,
}: {
  readonly store: BlockStore
  readonly directory: Directory
}): Blocks {
  return {
    list: (user) => store.list(user),
    async add(user, blocked) {
      await directory.require(blocked)
      await store.add(user, blocked)
      directory.forget(user)
    },
    async remove(user, blocked) {
      const present = await store.list(user)
      if (!present.includes(blocked)) {
        await directory.require(blocked)
        return
      }
      await store.remove(user, blocked)
      directory.forget(user)
    },
  }
}
