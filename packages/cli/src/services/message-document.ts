import type { StoredMessage } from '@secure-chat/client'

/** One message as `--json` shows it; the members are stable, only additions come. */
export type MessageDocument = Pick<
  StoredMessage,
  | 'id'
  | 'from'
  | 'to'
  | 'at'
  | 'direction'
  | 'kind'
  | 'text'
  | 'body'
  | 're'
  | 'state'
  | 'reason'
  | 'trust'
  | 'unread'
  | 'notices'
  | 'meta'
> & { readonly rendered?: string }

/** A line of this program about the conversation, not something said. */
export function isRemark({ kind }: Pick<StoredMessage, 'kind'>): boolean {
  return kind === 'notice' || kind === 'system'
}

/** @param render of plugins, without colour: `rendered` is there only where one of them answers */
export function messageDocument(
  message: StoredMessage,
  render: (message: StoredMessage) => string | undefined = () => undefined,
): MessageDocument {
  const { id, from, to, at, direction, kind, text, body } = message
  const { re, state, reason, trust, unread, notices, meta } = message
  const said = { id, from, to, at, direction, kind, text, body, re }
  const rendered = render(message)
  return {
    ...said,
    state,
    reason,
    trust,
    unread,
    notices,
    meta,
    ...(rendered !== undefined && { rendered }),
  }
}
