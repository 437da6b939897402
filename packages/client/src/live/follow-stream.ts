import { ChatError, type ErrorCode, isChatError } from '@secure-chat/protocol'
import { sessionOverText } from '../api/problem.ts'
import { sleep } from '../clock.ts'
import type { Context } from '../messaging/context.ts'
import type { LiveEvent } from '../messaging/types.ts'
import { outcomeOf } from '../outbox/outcome.ts'
import { receiveRecord } from '../sync/receive-record.ts'
import { exactRecord, restart, resume, syncMailbox } from '../sync/sync-mailbox.ts'
import { backOff } from './back-off.ts'

export type Follow = {
  signal: AbortSignal
  random: () => number
  /** Presence and the state of the connection; lines come by way of the vault. */
  emit(event: LiveEvent): void
  /** Something was kept. */
  onKept(): void
  /** The stream stands: what waits may go now. */
  onOnline(): void
  onOffline(): void
}

/**
 * Keeps a stream open, for as long as the signal lasts: resumes from the vault's cursor after every break,
 * with a growing wait. Throws what time does not heal: the session's end, a full disk.
 */
export async function followStream(context: Context, follow: Follow): Promise<void> {
  let attempt = 0
  let isFirst = true
  while (!follow.signal.aborted) {
    const end = await connectOnce(context, follow, isFirst, () => {
      attempt = 0
      isFirst = false
    })
    if (follow.signal.aborted) return
    if (end.isResuming) continue
    follow.onOffline()
    const waitMs = Math.max(end.waitMs, backOff(attempt, follow.random))
    attempt += 1
    follow.emit({
      type: 'state',
      state: 'offline',
      retryInMs: waitMs,
      ...(end.reason === undefined ? {} : { reason: end.reason }),
    })
    await sleep(context.clock, waitMs, follow.signal).catch((error: unknown) => {
      if (!follow.signal.aborted) throw error
    })
  }
}

/** How a connection ended; `isResuming`: go on at once from another cursor. */
type End = { isResuming?: boolean; waitMs: number; reason?: ErrorCode }

async function connectOnce(
  context: Context,
  follow: Follow,
  isFirst: boolean,
  onReady: () => void,
): Promise<End> {
  const { signal } = follow
  let from = context.cursor.get()
  try {
    if (isFirst || from === undefined) {
      // By pages what may be long: the stream brings one record after the other.
      await syncMailbox(context, { signal })
      follow.onKept()
      from = context.cursor.get()
    }
    return await readStream(context, follow, from, onReady)
  } catch (error) {
    if (signal.aborted) return { waitMs: 0 }
    if (isChatError(error, 'cursor_expired')) {
      resume(context, from, String(error.members.resume))
      return { isResuming: true, waitMs: 0 }
    }
    if (isChatError(error, 'bad_cursor') && from !== undefined) {
      restart(context, from)
      return { isResuming: true, waitMs: 0 }
    }
    const outcome = outcomeOf(error)
    if (outcome.kind === 'offline') return { waitMs: 0, reason: outcome.code }
    if (outcome.kind === 'later') return { waitMs: outcome.afterMs ?? 0, reason: outcome.code }
    throw error
  }
}

async function readStream(
  context: Context,
  follow: Follow,
  after: string | undefined,
  onReady: () => void,
): Promise<End> {
  const { signal } = follow
  let position = after
  let waitMs = 0
  const options = after === undefined ? { signal } : { after, signal }
  for await (const event of context.api.stream(options)) {
    switch (event.event) {
      case 'ready':
        onReady()
        follow.emit({ type: 'state', state: 'online' })
        follow.onOnline()
        break
      case 'message': {
        const step = { from: position, to: event.id }
        await receiveRecord(context, exactRecord(event.data), { signal, step })
        position = event.id
        follow.onKept()
        break
      }
      case 'presence':
        follow.emit({ type: 'presence', ...event.data })
        break
      case 'resync':
        resume(context, position, event.data.resume)
        return { isResuming: true, waitMs: 0 }
      case 'end':
        throw sessionEnded(context, event.data.code)
      case 'retry':
        waitMs = event.data.retry_ms
        break
    }
  }
  return { waitMs }
}

function sessionEnded({ api, self }: Context, ended: string): ChatError {
  return new ChatError('token_invalid', sessionOverText(api.server), {
    members: { ended },
    suggestions: [`secure-chat login ${self.name}`],
  })
}
