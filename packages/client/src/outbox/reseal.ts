import type { UserName } from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import { sealIntoOutbox } from '../messaging/seal.ts'

/**
 * After an accepted change of a contact's key: what waits is sealed anew, under a new exchange, with its old
 * ids and in its old order. All of it in one transaction, or none.
 */
export async function resealFor(
  context: Context,
  name: UserName,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const { outbox, contacts, chains } = context
  const tag = contacts.tagOf(name)
  for (;;) {
    const pin = contacts.get(name)?.pin?.fingerprint
    const rows = outbox.ofContact(tag)
    if (!rows.some((row) => row.waiting.toKey !== pin)) return
    const contents = rows.flatMap(({ waiting }) => waiting.content ?? [])
    if (contents.length === 0) {
      context.vault.transaction(() => {
        for (const row of outbox.ofContact(tag)) {
          if (row.waiting.toKey !== pin && row.waiting.content === null) outbox.remove(row)
        }
        chains.closeSending(tag)
      })
      continue
    }
    const isDone = await sealIntoOutbox(context, name, contents, {
      isFresh: true,
      isResealed: true,
      ...options,
      keep() {
        const present = outbox.ofContact(tag)
        const isSame =
          present.length === rows.length &&
          present.every((row, at) => row.position === rows[at]?.position)
        if (!isSame) return false
        for (const row of present) outbox.remove(row)
        return true
      },
    })
    if (isDone) return
  }
}
