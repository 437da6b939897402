import {
  isChatError,
  parseSystemEvent,
  parseUserName,
  type QueueRecord,
  type SystemEvent,
  type UserName,
} from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import { foreignKind, newLine, plain } from '../messaging/line.ts'
import { ownSessions } from '../profile/own-sessions.ts'
import { trustOf } from '../trust/contact.ts'
import { envelopeTag, type Plan, planAttack, recordTime } from './plan.ts'

/** A word of the server. It is a hint: it may lead to a look-up, and changes no trust by itself. */
export function planSystem(context: Context, record: QueueRecord): Plan {
  const { lines, contacts, jobs, self } = context
  const tag = envelopeTag(context, record)
  const event = parseSystemEvent(record.message)
  const name = subjectOf(event)
  return () => {
    if (lines.get(tag) || isOwnSignIn(context, event)) return true
    const contact = name !== undefined && contacts.get(name) ? name : null
    if (event?.event === 'key.changed' && contact !== null) {
      jobs.add(`look-up/${contact}`, { kind: 'look-up', name: contact })
    }
    lines.add(
      tag,
      newLine({
        id: record.id,
        from: 'system',
        to: self.name,
        at: recordTime(context, record),
        contact,
        line: 'system',
        kind: 'system',
        text: sentenceOf(event),
        body: event ?? null,
        meta: { ...record.meta },
        event: event?.event ?? 'unknown',
        trust: trustOf(contact === null ? undefined : contacts.get(contact)),
      }),
    )
    return true
  }
}

/** A record of a type this program does not know: kept and shown, and never taken for a contact's words. */
export function planOther(context: Context, record: QueueRecord): Plan {
  const { lines, contacts, self } = context
  const tag = envelopeTag(context, record)
  const sender = nameOf(record.sender)
  if (record.type === 'SYSTEM' || record.sender === 'system' || sender === undefined) {
    return planForged(context, record)
  }
  return () => {
    if (lines.get(tag)) return true
    const contact = contacts.get(sender) ? sender : null
    lines.add(
      tag,
      newLine({
        id: record.id,
        from: record.sender,
        to: self.name,
        at: recordTime(context, record),
        contact,
        kind: foreignKind(record.type),
        text: `a message of kind ${record.type} (plugin needed)`,
        body: { message: record.message },
        meta: { ...record.meta },
        trust: trustOf(contacts.get(sender)),
        notices: [plain('Not end-to-end encrypted: the server, or a plugin of it, made this.')],
        isUnread: contact !== null,
      }),
    )
    return true
  }
}

/** A sender who cannot be, or one who speaks in the server's name. */
export function planForged(context: Context, record: QueueRecord): Plan {
  const text = `Forged: a record of type ${record.type} came in the name of ${record.sender}, which cannot be. It was not used.`
  return planAttack(context, null, record, text)
}

/** The sender of a message, if a user can have this name. */
export function nameOf(sender: string): UserName | undefined {
  try {
    const name = parseUserName(sender)
    return name === sender ? name : undefined
  } catch (error) {
    if (isChatError(error)) return undefined
    throw error
  }
}

/** An alarm at each sign-in of this device would teach the user to overlook the one that counts. */
function isOwnSignIn({ vault }: Context, event: SystemEvent | undefined): boolean {
  return event?.event === 'session.opened' && ownSessions(vault).includes(event.session_id)
}

function subjectOf(event: SystemEvent | undefined): UserName | undefined {
  return event?.event === 'key.changed' || event?.event === 'account.removed'
    ? event.name
    : undefined
}

function sentenceOf(event: SystemEvent | undefined): string {
  switch (event?.event) {
    case 'session.opened':
      return `The server says that your account was signed in somewhere else at ${event.at} (session ${event.session_id}). If that was not you: secure-chat sessions, and a new password.`
    case 'key.changed':
      return `The server says that ${event.name} has a new key. It is checked before anything is sent.`
    case 'account.recovered':
      return 'The server says that your account was given a new key by password, without the old one. If that was not you, change the password and tell your contacts.'
    case 'account.removed':
      return `The server says that the account ${event.name} was removed.`
    default:
      return 'The server sent a notice that this version does not know.'
  }
}
