import type { UserName } from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import { addNotice } from '../messaging/notices.ts'
import { sealIntoOutbox } from '../messaging/seal.ts'

const askedEveryMs = 60 * 60_000
const idsMax = 500

/**
 * Lines came under kids we have no key for: this device, or the way here, lost an exchange. Tells their sender,
 * at most once an hour, by an exchange of our own and a `resend` with their ids.
 */
export async function askForResend(
  context: Context,
  contactTag: string,
  options: { signal?: AbortSignal },
): Promise<void> {
  const { contacts, envelopes, clock, newId } = context
  const waiting = envelopes
    .waiting({ contact: contactTag })
    .filter(({ isAsked, kid }) => !isAsked && kid !== null)
    .slice(0, idsMax)
  const [first] = waiting
  if (!first) return
  const { sender: name } = first
  const now = clock.now()
  if (isAskedLately(context, name, now)) return
  const ids = [...new Set(waiting.map(({ record }) => record.id))]
  await sealIntoOutbox(context, name, [{ id: newId(), at: now, kind: 'resend', body: { ids } }], {
    ...options,
    isFresh: true,
    keep() {
      if (isAskedLately(context, name, now)) return false
      contacts.change(name, (contact) => ({ ...contact, askedResendAt: now }))
      envelopes.markAsked(waiting.map(({ tag }) => tag))
      const count = ids.length === 1 ? 'One message' : `${ids.length} messages`
      addNotice(
        context,
        name,
        `${count} of ${name} cannot be read here, since the key for it never came. ${name} is asked to send again.`,
      )
      return true
    },
  })
}

function isAskedLately({ contacts }: Context, name: UserName, now: number): boolean {
  const last = contacts.get(name)?.askedResendAt ?? 0
  // A time ahead of now was written before the clock was set back.
  return last !== 0 && last <= now && now - last < askedEveryMs
}
