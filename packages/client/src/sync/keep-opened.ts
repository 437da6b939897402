import { type MessageBody, type MessageContent, type Notice, readContent } from '@secure-chat/e2ee'
import type { Fingerprint, QueueRecord, UserName } from '@secure-chat/protocol'
import type { ReceivingRecord } from '../messaging/chain-store.ts'
import type { Context } from '../messaging/context.ts'
import {
  foreignKind,
  type Line,
  type LineNotice,
  newLine,
  plain,
  soundTime,
} from '../messaging/line.ts'
import type { Trust } from '../messaging/types.ts'
import { type Contact, trustOf } from '../trust/contact.ts'
import { fillGaps, gapNotices } from './gaps.ts'
import { envelopeTag, recordTime } from './plan.ts'
import { keepReceipt, requestReceipt } from './receipts.ts'
import { keepResendRequest } from './resend-request.ts'

type Given = {
  sender: UserName
  record: QueueRecord
  opened: { body: MessageBody; notices: Notice[] }
  chain: ReceivingRecord
  isRepeat: boolean
}

/** Keeps an opened message by its kind; inside a transaction. @returns tags of lines that speak of gaps */
export function keepOpened(context: Context, given: Given): string[] {
  const { contacts, lines, envelopes, seen } = context
  const { sender, record, opened, chain, isRepeat } = given
  const { kid } = chain.chain
  const placeholder = envelopeTag(context, record)
  const open = fillGaps(context, chain.gapLines, kid, arrived(opened.notices))
  const content = readContent(opened.body)
  const gaps = gapNotices(kid, opened.notices)
  const isShown = content.kind === 'text' || content.kind === 'other'
  envelopes.remove(placeholder)
  const { re_sent: oldId } = opened.body
  const isKnown = isRepeat || (oldId !== undefined && seen.hashOf(sender, oldId) !== undefined)
  if (isKnown) {
    // The key came after all, before the copy that was asked for because it had not.
    lines.remove(placeholder)
    return open
  }
  const contact = contacts.get(sender)
  const trust = chain.isReplacedKey ? 'changed' : trustUnder(contact, chain.signedBy)
  if (!isShown) {
    keepUnshown(context, sender, content, chain.signedBy, trust)
    lines.remove(placeholder)
    if (gaps.length === 0) return open
  }
  const tag = lines.tagOf(sender, record.id)
  const line = lineOf(context, given, { content, trust, gaps })
  if (lines.get(placeholder)) lines.change(placeholder, () => line, tag)
  else lines.add(tag, line)
  if (isShown && trust !== 'changed') requestReceipt(context, sender, record.id, 'delivered')
  if (oldId !== undefined) supersede(context, sender, oldId)
  return gaps.length > 0 ? [...open, tag] : open
}

/** What speaks to this program, not to its user. Believed only under a key that counts. */
function keepUnshown(
  context: Context,
  sender: UserName,
  content: MessageContent,
  signedBy: Fingerprint,
  trust: Trust,
): void {
  if (content.kind === 'receipt' && trust !== 'changed') {
    keepReceipt(context, sender, content)
  }
  if (content.kind === 'resend') keepResendRequest(context, sender, content.ids, signedBy)
}

function lineOf(
  { self, clock, ...rest }: Context,
  { sender, record, opened, chain }: Given,
  o: { content: MessageContent; trust: Trust; gaps: LineNotice[] },
): Line {
  const { body } = opened
  const isOnTrial = o.trust === 'changed' && !isCounted(rest.contacts.get(sender), chain.signedBy)
  const notices = [
    ...o.gaps,
    ...opened.notices.flatMap(plainNotice),
    ...(body.re_sent === undefined
      ? []
      : [plain('Sent again, because it could not be read before.')]),
    ...(chain.isReplacedKey
      ? [
          plain(
            `Written under a key that ${sender} has replaced since: whoever has the old key could have written it.`,
          ),
        ]
      : []),
    ...(isOnTrial
      ? [
          plain(
            `Written under a key of ${sender} that you have not accepted: it may come from somebody else.`,
          ),
        ]
      : []),
  ]
  return newLine({
    id: record.id,
    from: sender,
    to: self.name,
    at: soundTime(body.at, recordTime({ self, clock, ...rest }, record)),
    contact: sender,
    meta: { ...record.meta },
    trust: o.trust,
    notices,
    ...shownAs(o.content),
  })
}

function shownAs(
  content: MessageContent,
): Pick<Line, 'kind' | 'text' | 'body' | 're' | 'isUnread'> {
  switch (content.kind) {
    case 'text': {
      const { text, re = null } = content
      return {
        kind: 'text',
        text,
        body: { text, ...(re === null ? {} : { re }) },
        re,
        isUnread: true,
      }
    }
    case 'other': {
      const text = `a message of kind ${content.name} (plugin needed)`
      return { kind: foreignKind(content.name), text, body: content.body, re: null, isUnread: true }
    }
    default:
      return {
        kind: 'notice',
        text: 'Something sent before is missing.',
        body: null,
        re: null,
        isUnread: false,
      }
  }
}

function plainNotice(notice: Notice): LineNotice[] {
  switch (notice.kind) {
    case 'late':
      return [plain('It came late: it was written before lines that stand above it.')]
    case 'broken_link':
      return [
        plain(
          'Attack or broken sender: it does not fit the message beside it, as if two had been written under one number.',
        ),
      ]
    case 'void_received':
      return [plain('The server told its sender that a message was refused, and yet it came.')]
    case 'gap':
    case 'void':
      return []
  }
}

/** Numbers that are not missing any more. */
function arrived(notices: readonly Notice[]): number[] {
  return notices.flatMap((notice) => {
    if (notice.kind === 'late') return [notice.n]
    return notice.kind === 'void' ? notice.numbers : []
  })
}

/** Trust in what came under a chain that this key signed. */
function trustUnder(contact: Contact | undefined, signedBy: Fingerprint): Trust {
  if (!isCounted(contact, signedBy)) return 'changed'
  return contact?.pin?.fingerprint === signedBy ? trustOf(contact) : 'pinned'
}

function isCounted(contact: Contact | undefined, key: Fingerprint): boolean {
  return (
    contact?.pin?.fingerprint === key ||
    (contact?.earlier.some(({ fingerprint }) => fingerprint === key) ?? false)
  )
}

/** Its content came again under another id: the unreadable line says so, and is never shown a second time. */
function supersede(context: Context, sender: UserName, oldId: string): void {
  const { envelopes, contacts, lines, seen } = context
  seen.add(sender, oldId, 'sent again')
  for (const envelope of envelopes.waiting({ contact: contacts.tagOf(sender) })) {
    if (envelope.record.id !== oldId) continue
    envelopes.remove(envelope.tag)
    lines.change(envelope.tag, (line) => ({
      ...line,
      text: 'Not readable: its key never came. It was sent again, see below.',
      isUnread: false,
    }))
  }
}
