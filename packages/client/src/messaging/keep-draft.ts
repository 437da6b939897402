import { randomBytes } from 'node:crypto'
import { sealMessage } from '@secure-chat/e2ee'
import {
  ChatError,
  type ErrorCode,
  type Fingerprint,
  isChatError,
  toBase64Url,
  type UserName,
} from '@secure-chat/protocol'
import type { Content } from '../outbox/outbox-store.ts'
import { outcomeOf } from '../outbox/outcome.ts'
import type { Sender } from '../outbox/sender.ts'
import { trustOf } from '../trust/contact.ts'
import { keyNotTrusted } from '../trust/key-not-trusted.ts'
import { type Context, presentIdentity } from './context.ts'
import { newLine } from './line.ts'
import { sealIntoOutbox } from './seal.ts'
import type { Draft } from './types.ts'

/** `unreachable`: the recipient's key is unknown and nobody could be asked for it, so it waits unsealed. */
export type Kept = { id: string; at: number; unreachable?: ErrorCode }

/**
 * Puts a draft into history and outbox: sealed, or as it is (the vault encrypts it) when the recipient's key is
 * not known and the server cannot be asked. Behind an unsealed one the next waits unsealed too, so that their
 * order stays.
 *
 * @throws ChatError `key_not_trusted`, `no_such_user`, `invalid_request`, `too_large`: nothing is kept then
 */
export async function keepDraft(
  context: Context,
  sender: Sender,
  to: UserName,
  draft: Draft,
  options: { signal?: AbortSignal },
): Promise<Kept> {
  const id = context.newId()
  const at = context.clock.now()
  const content = { id, at, ...contentOf(draft) }
  const keepLine = (): void => addLine(context, to, draft, content)
  try {
    const isSealed =
      !hasUnsealed(context, to) &&
      (await sealIntoOutbox(context, to, [content], {
        ...options,
        keep() {
          // Another process may have kept one unsealed while this one was being sealed.
          if (hasUnsealed(context, to)) return false
          keepLine()
          sender.prepare()
          return true
        },
      }))
    if (isSealed) return { id, at }
  } catch (error) {
    const unreachable = codeToWaitFor(error)
    if (unreachable === undefined) throw error
    await keepUnsealed(context, to, content, keepLine)
    return { id, at, unreachable }
  }
  await keepUnsealed(context, to, content, keepLine)
  return { id, at }
}

function hasUnsealed({ outbox, contacts }: Context, to: UserName): boolean {
  return outbox.ofContact(contacts.tagOf(to)).some(({ waiting }) => waiting.toKey === null)
}

/** Of a look-up that may go well another time. The session's end is one: what was typed waits for the next login. */
function codeToWaitFor(error: unknown): ErrorCode | undefined {
  if (isChatError(error, 'token_invalid')) return error.code
  const outcome = outcomeOf(error)
  return outcome.kind === 'offline' || outcome.kind === 'later' ? outcome.code : undefined
}

async function keepUnsealed(
  context: Context,
  to: UserName,
  content: Content,
  keepLine: () => void,
): Promise<void> {
  await requireSealable(context, to, content)
  context.vault.transaction(() => {
    const contact = context.contacts.get(to)
    if (contact?.changed) throw keyNotTrusted(contact)
    context.outbox.addUnsealed(context.contacts.tagOf(to), to, content)
    keepLine()
  })
}

/**
 * What could never be sealed is refused now, not when its author has gone: seals it under a chain made up for
 * this, with a predecessor, as the longest form has.
 */
async function requireSealable(context: Context, to: UserName, content: Content): Promise<void> {
  const { self, clock } = context
  const fromKey: Fingerprint = presentIdentity(self).fingerprint
  const random = (bytes: number): string => toBase64Url(randomBytes(bytes))
  await sealMessage(
    {
      v: 1,
      kid: random(16),
      from: self.name,
      to,
      fromKey,
      toKey: fromKey,
      n: 1,
      chainKey: random(32),
      prevHash: random(32),
      createdAt: clock.now(),
    },
    content,
  )
}

function addLine(
  { lines, self, contacts }: Context,
  to: UserName,
  draft: Draft,
  { id, at, kind, body }: Content,
): void {
  lines.add(
    lines.tagOf(self.name, id),
    newLine({
      id,
      from: self.name,
      to,
      at,
      contact: to,
      direction: 'out',
      kind,
      text: 'text' in draft ? draft.text : `a message of kind ${draft.kind}`,
      body,
      re: ('re' in draft ? draft.re : undefined) ?? null,
      state: 'queued',
      trust: trustOf(contacts.get(to)),
    }),
  )
}

function contentOf(draft: Draft): { kind: string; body: unknown } {
  if (!('text' in draft)) return { kind: draft.kind, body: draft.body }
  if (draft.text === '') {
    throw new ChatError('invalid_request', 'There is nothing to send: the text is empty.')
  }
  const { text, re } = draft
  return { kind: 'text', body: re === undefined ? { text } : { text, re } }
}
