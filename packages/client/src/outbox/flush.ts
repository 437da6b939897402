import { type ErrorCode, isChatError, type UserName } from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import { lookUp } from '../trust/look-up.ts'
import type { Lease } from './lease.ts'
import type { OutboxRow, SealedRow } from './outbox-store.ts'
import { outcomeOf, waitAfter } from './outcome.ts'
import { refuse, refuseUnsealed } from './refuse.ts'
import { resealFor } from './reseal.ts'
import { markSent, sendWaiting } from './send-waiting.ts'

export type Flushed = {
  sent: number
  left: number
  /** Another process is sending; it takes along what we added. */
  isElsewhere: boolean
  /** Why it stopped before the end. */
  offline?: ErrorCode
}

const leaseRenewalMs = 3_000

/**
 * Sends what is due, in the order of (kid, n) within each conversation, until nothing is due, the network
 * fails, or another process holds the lease. What is not sent stays, with its bytes and its id.
 *
 * @throws ChatError what nobody can mend by waiting (not signed in, disk full), `interrupted` by the signal
 */
export async function flushOutbox(
  context: Context,
  lease: Lease,
  options: { signal?: AbortSignal } = {},
): Promise<Flushed> {
  const { clock, outbox, vault } = context
  let sent = 0
  if (outbox.count() === 0) return { sent, left: 0, isElsewhere: false }
  if (!lease.take()) return { sent, left: outbox.count(), isElsewhere: true }
  let cancelRenewal = keepRenewing()
  function keepRenewing(): () => void {
    return clock.setTimeout(() => {
      renew(context, lease)
      cancelRenewal = keepRenewing()
    }, leaseRenewalMs)
  }
  try {
    for (;;) {
      options.signal?.throwIfAborted()
      const row = nextDue(context)
      if (!row) {
        // Looking and letting go in one transaction: what another process adds after it, it sends itself.
        const isDone = vault.transaction(() => {
          if (nextDue(context)) return false
          lease.release()
          return true
        })
        if (isDone) return { sent, left: outbox.count(), isElsewhere: false }
        continue
      }
      if (!lease.take()) return { sent, left: outbox.count(), isElsewhere: true }
      const result = await attempt(context, row, lease, options)
      if (result === 'sent') sent += 1
      else if (result !== 'handled') {
        return { sent, left: outbox.count(), isElsewhere: false, offline: result.offline }
      }
    }
  } finally {
    cancelRenewal()
    lease.release()
  }
}

/** Behind a slow request. If it fails, so does the next write of the round, which says so. */
function renew(context: Context, lease: Lease): void {
  try {
    lease.take()
  } catch (error) {
    context.log({ event: 'lease-not-renewed', error })
  }
}

/** The first of the conversations that may go on now. */
function nextDue({ outbox, contacts, clock }: Context): OutboxRow | undefined {
  const now = clock.now()
  return outbox.heads().find((row) => row.dueAt <= now && !contacts.get(row.waiting.to)?.changed)
}

type Attempt = 'sent' | 'handled' | { offline: ErrorCode }

async function attempt(
  context: Context,
  row: OutboxRow,
  lease: Lease,
  options: { signal?: AbortSignal },
): Promise<Attempt> {
  const { vault, outbox, clock } = context
  const postpone = (code: ErrorCode, afterMs: number | null): void =>
    vault.transaction(() =>
      outbox.postpone(row, clock.now() + (afterMs ?? waitAfter(row.attempts)), code),
    )
  try {
    if (!isSealedForPin(context, row)) {
      await resealFor(context, row.waiting.to, options)
      return 'handled'
    }
    await sendWaiting(context, row, options)
    vault.transaction(() => {
      markSent(context, row)
      if (!nextDue(context)) lease.release()
    })
    return row.waiting.content === null ? 'handled' : 'sent'
  } catch (error) {
    // Changed by another process just now: whatever waits for them is held.
    if (isChatError(error, 'key_not_trusted')) return 'handled'
    const outcome = outcomeOf(error)
    switch (outcome.kind) {
      case 'fatal':
        throw error
      case 'offline':
        return { offline: outcome.code }
      case 'later':
        postpone(outcome.code, outcome.afterMs)
        return 'handled'
      case 'refused':
        vault.transaction(() => {
          if (row.waiting.toKey === null) refuseUnsealed(context, row.contact, outcome.refusal)
          else refuse(context, row, outcome.refusal)
        })
        return 'handled'
      case 'id_taken':
        vault.transaction(() => keepIdTaken(context, row))
        return 'handled'
      case 'key_changed':
        return await followKeyChange(context, row, postpone, options)
    }
  }
}

/** An accepted change may have come from elsewhere: a look-up, `keys trust` in another process. */
function isSealedForPin({ contacts }: Context, row: OutboxRow): row is SealedRow {
  const { to, toKey } = row.waiting
  return toKey !== null && contacts.get(to)?.pin?.fingerprint === toKey
}

/**
 * Sealed anew under its old id, it may be that the server took the earlier ciphertext and only its answer was
 * lost. Then the recipient has it (or asks for it again, having no key for it).
 */
function keepIdTaken(context: Context, row: OutboxRow): void {
  if (!row.waiting.isResealed) {
    refuse(context, row, { code: 'id_reused' })
    return
  }
  markSent(context, row)
  context.chains.changeSending(row.kid, (record) => ({
    ...record,
    refused: [...new Set([...record.refused, ...row.waiting.tells, row.n])].sort((a, b) => a - b),
  }))
}

async function followKeyChange(
  context: Context,
  row: OutboxRow,
  postpone: (code: ErrorCode, afterMs: number | null) => void,
  options: { signal?: AbortSignal },
): Promise<Attempt> {
  const name: UserName = row.waiting.to
  try {
    const contact = await lookUp(context, name, options)
    // The server refuses the key and yet shows it as the present one: no reason to hurry.
    if (!contact.changed && contact.pin?.fingerprint === row.waiting.toKey) {
      postpone('key_changed', null)
    }
    // Else: stopped until the user decides, or sealed anew at the next look at this row.
    return 'handled'
  } catch (error) {
    if (isChatError(error, 'no_such_user')) {
      context.vault.transaction(() => refuse(context, row, { code: 'no_such_user' }))
      return 'handled'
    }
    const outcome = outcomeOf(error)
    if (outcome.kind === 'offline') return { offline: outcome.code }
    if (outcome.kind !== 'later') throw error
    postpone(outcome.code, outcome.afterMs)
    return 'handled'
  }
}
