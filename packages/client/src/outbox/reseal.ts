import type { UserName } from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import { sealIntoOutbox } from '../messaging/seal.ts'

/**
 * Seals what waits for a contact under a new exchange, with its ids and in its order: anew after an accepted
 * change of their key, for the first time when the key was not known before. All of it in one transaction, or none.
 *
 * @throws ChatError those of `sealIntoOutbox`
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
    const sealedBefore = rows.filter(({ waiting }) => waiting.toKey !== null).map(({ id }) => id)
    const isDone = await sealIntoOutbox(context, name, contents, {
      isFresh: true,
      sealedBefore: new Set(sealedBefore),
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
