/** From stored messages to lines of the chat, with what belongs between them. */
import type { StoredMessage } from '@secure-chat/client'
import { printable } from '@secure-chat/protocol/printable'
import type { ChatLine, ChatView, DeliveryMark } from './view/chat-view.ts'
import { dayName } from './view/line-format.ts'

export type Transcript = {
  show(message: StoredMessage): void
  /** The newest messages before anything live, with the unread mark where it belongs. */
  showHistory(messages: readonly StoredMessage[]): void
  has(id: string): boolean
  /** Takes note of what became of an own line; is it news about a line that stands here? */
  marks(id: string, mark: DeliveryMark): boolean
}

/** Text as the plugins' renderers give it, safe for a terminal; undefined where none answers. */
export type Render = (message: StoredMessage) => string | undefined

const remembered = 5000

export function makeTranscript(view: ChatView, render: Render): Transcript {
  const shown = new Map<string, DeliveryMark | undefined>()
  let lastDay = ''

  /** `mark` stands between the day and the line. */
  const show = (message: StoredMessage, mark?: string) => {
    if (shown.has(keyOf(message))) return
    const line = lineOf(message, render)
    remember(keyOf(message), line.mark)
    const day = dayName(line.at)
    if (day !== lastDay) view.rule(day)
    lastDay = day
    if (mark) view.rule(mark)
    // What this program says about the conversation must not look like something the other side said.
    if (isRemark(message)) view.notice(line.text)
    else view.line(line)
    for (const notice of message.notices) view.notice(printable(notice), 'warning')
  }

  return {
    show: (message) => show(message),
    showHistory(messages) {
      const unread = messages.filter(isUnread).length
      const firstUnread = messages.find(isUnread)
      for (const message of messages) {
        show(message, message === firstUnread ? `${unread} new` : undefined)
      }
    },
    has: (id) => shown.has(`out ${id}`) || shown.has(`in ${id}`),
    marks(id, mark) {
      const key = `out ${id}`
      const isNews = shown.has(key) && shown.get(key) !== mark
      if (isNews) shown.set(key, mark)
      return isNews
    },
  }

  function remember(key: string, mark: DeliveryMark | undefined): void {
    shown.set(key, mark)
    const oldest = shown.keys().next().value
    if (shown.size > remembered && oldest !== undefined) shown.delete(oldest)
  }
}

function keyOf({ direction, id }: StoredMessage): string {
  return `${direction} ${id}`
}

function isRemark({ kind }: StoredMessage): boolean {
  return kind === 'notice' || kind === 'system'
}

function isUnread(message: StoredMessage): boolean {
  return message.direction === 'in' && message.unread
}

function lineOf(message: StoredMessage, render: Render): ChatLine {
  return {
    id: message.id,
    at: new Date(message.at),
    direction: message.direction,
    from: message.direction === 'out' ? 'you' : printable(message.from),
    text: render(message) ?? printable(message.text, undefined, { lines: true }),
    mark: markOf(message.state),
  }
}

export function markOf(state: StoredMessage['state']): DeliveryMark | undefined {
  return marks[state]
}

const marks: Readonly<Record<StoredMessage['state'], DeliveryMark | undefined>> = {
  received: undefined,
  undecryptable: undefined,
  queued: 'waiting',
  sent: 'stored',
  refused: 'refused',
  unreadable: 'unreadable',
  delivered: 'delivered',
  read: 'read',
}
