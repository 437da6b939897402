/** What a chat shows itself on: the interactive terminal, or lines one after the other. */
export type ChatLine = {
  readonly id: string
  readonly at: Date
  readonly direction: 'in' | 'out'
  readonly from: string
  /** Safe for a terminal already; may hold line breaks, and styles where there is colour. */
  readonly text: string
  readonly mark: DeliveryMark | undefined
}

/** What became of an own line. */
export type DeliveryMark = 'waiting' | 'stored' | 'delivered' | 'read' | 'refused' | 'unreadable'

export type ChatView = {
  line(line: ChatLine): void
  /** A separator: a day, the unread mark. */
  rule(text: string): void
  /** Something the chat says itself; may hold line breaks. */
  notice(text: string, tone?: 'info' | 'warning'): void
  /** What became of an own line that was shown before. */
  mark(id: string, mark: DeliveryMark): void
  /** An own line that is being encrypted and handed over; returns how to take it away again. */
  pending(text: string): () => void
  connection(state: 'online' | 'offline'): void
  /** Puts text back to be edited, before what has been typed since. */
  returnDraft(text: string): void
  close(): void
}
