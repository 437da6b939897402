import {
  ChatError,
  type ErrorCode,
  isChatError,
  parseUserName,
  type UserName,
} from '@secure-chat/protocol'
import { sleep } from '../clock.ts'
import type { Flushed } from '../outbox/flush.ts'
import type { Sender } from '../outbox/sender.ts'
import { keyNotTrusted } from '../trust/key-not-trusted.ts'
import type { Context } from './context.ts'
import { keepDraft } from './keep-draft.ts'
import type { Draft, SentMessage } from './types.ts'

type Options = { signal?: AbortSignal }

export type Send = (to: string, draft: Draft, options?: Options) => Promise<SentMessage>

const pollMs = 20
/** How long another process may send without getting any further before we say "queued". */
const standstillMs = 5_000

/**
 * Encrypts, keeps in history and outbox, tries to deliver. Once kept it is never lost: if the server cannot
 * be reached, or takes our session no longer, the answer is `queued`. Concurrent calls keep their order.
 *
 * @throws ChatError `key_not_trusted` and `no_such_user` (nothing is kept then), `invalid_request`, `too_large`
 */
export function makeSend(context: Context, sender: Sender): Send {
  let last: Promise<unknown> = Promise.resolve()
  return async (to, draft, options = {}) => {
    const name = recipientOf(context, to)
    const keeping = last.then(() => keepDraft(context, sender, name, draft, options))
    last = keeping.catch(() => undefined)
    const { id, at, unreachable } = await keeping
    const sent = { id, to: name, at }
    // It was tried a moment ago; a second try would only take the time of one.
    if (unreachable !== undefined) return answer(sent, 'queued', unreachable)
    return await deliver(context, sender, sent, options)
  }
}

function recipientOf({ self }: Context, to: string): UserName {
  const name = parseUserName(to)
  if (name !== self.name) return name
  throw new ChatError('invalid_request', 'You cannot write to yourself. Name another user.')
}

async function deliver(
  context: Context,
  sender: Sender,
  sent: { id: string; to: UserName; at: number },
  options: Options,
): Promise<SentMessage> {
  let before = ''
  let since = context.clock.monotonic()
  for (;;) {
    const flushed = await flush(sender, options)
    const fate = fateOf(context, sent, flushed)
    if (fate) return fate
    // Another process is at it; it takes ours along, in its turn.
    const progress = outboxState(context)
    const now = context.clock.monotonic()
    if (progress !== before) since = now
    else if (now - since > standstillMs) return answer(sent, 'queued')
    before = progress
    await sleep(context.clock, pollMs, options.signal)
  }
}

async function flush(sender: Sender, options: Options): Promise<Flushed> {
  try {
    return await sender.flush(options)
  } catch (error) {
    // It is kept all the same, for the next login.
    if (!isChatError(error, 'token_invalid')) throw error
    return { sent: 0, left: 1, isElsewhere: false, offline: error.code }
  }
}

/** Undefined while another process sends. */
function fateOf(
  context: Context,
  sent: { id: string; to: UserName; at: number },
  flushed: Flushed,
): SentMessage | undefined {
  const { lines, self, outbox, contacts } = context
  const row = outbox.get(sent.id)
  const line = lines.get(lines.tagOf(self.name, sent.id))?.line
  if (!row) {
    if (line?.state === 'refused') {
      context.vault.transaction(() => lines.markTold(lines.tagOf(self.name, sent.id)))
      const { reason, detail } = line
      const refused = answer(sent, 'refused', reason ?? undefined)
      return detail === undefined ? refused : { ...refused, detail }
    }
    return answer(sent, 'sent')
  }
  const contact = contacts.get(sent.to)
  if (contact?.changed) {
    takeBack(context, sent.id)
    throw keyNotTrusted(contact)
  }
  if (flushed.isElsewhere) return undefined
  const head = outbox.ofContact(row.contact)[0] ?? row
  return answer(sent, 'queued', flushed.offline ?? head.waiting.reason ?? undefined)
}

/** A changed key stops the contact, and `send` leaves nothing behind. Its number dies with its chain, whose key no longer counts. */
function takeBack({ vault, outbox, lines, self }: Context, id: string): void {
  vault.transaction(() => {
    const row = outbox.get(id)
    if (!row) return
    outbox.remove(row)
    lines.takeBack(lines.tagOf(self.name, id))
  })
}

function outboxState({ outbox }: Context): string {
  return outbox
    .heads()
    .map(({ position, attempts }) => `${position}:${attempts}`)
    .join()
}

function answer(
  { id, to, at }: { id: string; to: UserName; at: number },
  state: SentMessage['state'],
  reason?: ErrorCode,
): SentMessage {
  const sent: SentMessage = { id, to, at: new Date(at).toISOString(), state }
  return reason === undefined ? sent : { ...sent, reason }
}
