import type { Fingerprint, UserName } from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import { addNotice } from '../messaging/notices.ts'

/**
 * A contact cannot read lines of ours. They are sent again only to who holds the pinned key: anybody else
 * who gets a `resend` through would make us hand out old messages.
 */
export function keepResendRequest(
  context: Context,
  from: UserName,
  ids: string[],
  askedUnder: Fingerprint,
): void {
  const contact = context.contacts.get(from)
  const isPinned = contact?.pin?.fingerprint === askedUnder && !contact.changed
  const isPresent = contact?.changed?.fingerprint === askedUnder
  if (!isPinned) {
    const outcome = isPresent
      ? `They are sent when you accept it (keys verify ${from}, keys trust ${from}), and not before`
      : 'They were not sent'
    addNotice(
      context,
      from,
      `${from} asks for earlier lines again, but not under the key you know. ${outcome}.`,
    )
  }
  if (!isPinned && !isPresent) return
  context.jobs.add(
    `answer-resend/${from}`,
    { kind: 'answer-resend', name: from, ids, askedUnder },
    (before) =>
      before.kind === 'answer-resend' && before.askedUnder === askedUnder
        ? { ...before, ids: [...new Set([...before.ids, ...ids])] }
        : { kind: 'answer-resend', name: from, ids, askedUnder },
  )
}
