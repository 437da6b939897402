import { randomUUID } from 'node:crypto'
import type { PresenceAnswer, ServerContext } from '@secure-chat/plugin-sdk/server'
import { backOff } from './back-off.ts'
import type { PushWebhookConfig } from './config.ts'
import type { Counts } from './counts.ts'
import type { Endpoint, Outcome } from './endpoint.ts'
import { makeInTurn } from './in-turn.ts'
import { bodyOf, type Notice, type NoticeMessage } from './notice.ts'
import type { Outbox } from './outbox.ts'
import type { QuietTime } from './quiet-time.ts'

/** Tells the receiver of messages, each user's together, as often as it takes. */
export interface Delivery {
  /** Of this message, and of so many before it, the recipient is to be told. Resolves when that survives a restart. */
  accept(recipient: string, newest: NoticeMessage, messages?: number): Promise<void>
  /** Sends what waits from before. */
  start(): void
  /** Resolves when nothing is under way. What waits is left to the next start. */
  close(): Promise<void>
}

/** How often storage is looked through for notices of nodes that are no more. */
const restoreEveryMs = 60_000
/** After an error of the server's own storage. */
const pauseMs = 5000
const reportEveryMs = 60_000

export interface DeliveryDeps {
  readonly ctx: Pick<ServerContext, 'clock' | 'log' | 'users' | 'signal'>
  readonly config: Pick<PushWebhookConfig, 'states' | 'concurrency' | 'tries'>
  readonly giveUpMs: number
  readonly outbox: Outbox
  readonly quietTime: QuietTime
  readonly endpoint: Endpoint
  readonly counts: Counts
  readonly random: () => number
}

export function makeDelivery(deps: DeliveryDeps): Delivery {
  const { ctx, config, giveUpMs, outbox, quietTime, endpoint, counts, random } = deps
  const { clock, log, users, signal } = ctx
  const states = new Set<string>(config.states)
  const inTurn = makeInTurn()
  const sending = new Set<Promise<void>>()
  let restoring: Promise<void> = Promise.resolve()
  let stopTimer: (() => void) | undefined
  let stopRestoring: (() => void) | undefined
  /** The receiver asked for it, or storage needs it. */
  let pausedUntil = 0
  let isGone = false
  let isFailing = false
  let dropped = 0
  let reportedAt = Number.NEGATIVE_INFINITY

  /** Begins what is due, and sets the timer for what will be. */
  function pump(): void {
    stopTimer?.()
    stopTimer = undefined
    while (!signal.aborted && !isGone && sending.size < config.concurrency) {
      const notice = outbox.next()
      if (notice === undefined) return
      const waitMs = Math.max(notice.dueAt, pausedUntil) - clock.now()
      if (waitMs > 0) {
        stopTimer = clock.setTimeout(pump, waitMs)
        return
      }
      outbox.reserve(notice)
      const work = send(notice)
      sending.add(work)
      void work.then(() => {
        sending.delete(work)
        pump()
      })
    }
  }

  /** One try. Never rejects. */
  async function send(notice: Notice): Promise<void> {
    try {
      // Behind a message that is just joining it.
      const claimed = await inTurn(notice.recipient, () => outbox.claim(notice))
      if (claimed === undefined) return
      const presence = (await users.presence([claimed.recipient]))[claimed.recipient]
      if (presence === undefined || !isWaitedFor(presence, claimed)) {
        counts.obsolete.add()
        await outbox.remove(claimed)
        return
      }
      await quietTime.begin(claimed.recipient)
      const outcome = await endpoint.post(claimed.id, bodyOf(claimed, presence.state))
      await settle(claimed, outcome)
    } catch (err) {
      if (signal.aborted) return
      log.warn(
        { err, notice: notice.id },
        'a notice could not be sent: the server’s storage failed',
      )
      pausedUntil = Math.max(pausedUntil, clock.now() + pauseMs)
    } finally {
      outbox.release(notice)
    }
  }

  /** Who has given a sign of life since the message has fetched it. */
  function isWaitedFor({ state, lastSeen }: PresenceAnswer, { newest }: Notice): boolean {
    if (!states.has(state)) return false
    const wasThere = lastSeen !== undefined && Date.parse(lastSeen) > Date.parse(newest.timestamp)
    return state !== 'offline' || !wasThere
  }

  async function settle(notice: Notice, outcome: Outcome): Promise<void> {
    switch (outcome.kind) {
      case 'delivered':
        counts.sent.add()
        counts.delay.record((clock.now() - Date.parse(notice.newest.timestamp)) / 1000)
        if (isFailing) log.info('the receiver takes notices again')
        isFailing = false
        return outbox.remove(notice)
      case 'failed':
        return again(notice, outcome)
      case 'refused':
        return giveUp(notice, outcome.why)
      case 'gone':
        isGone = true
        log.error(
          'the receiver answered 410: it wants no notices, and gets none until the plugin is started again',
        )
        return outbox.unclaim(notice)
      case 'aborted':
        return outbox.unclaim(notice)
    }
  }

  async function again(
    notice: Notice,
    { why, afterMs = 0 }: Extract<Outcome, { kind: 'failed' }>,
  ): Promise<void> {
    const now = clock.now()
    const tries = notice.tries + 1
    if (afterMs > 0) pausedUntil = Math.max(pausedUntil, now + afterMs)
    const dueAt = now + Math.max(afterMs, backOff(tries, random))
    if (tries >= config.tries) return giveUp(notice, `${why}, at the last of ${tries} tries`)
    if (dueAt >= notice.acceptedAt + giveUpMs) return giveUp(notice, `${why}, and it is too old`)
    counts.retried.add()
    if (!isFailing) log.warn({ notice: notice.id, why }, 'the receiver fails: trying again')
    isFailing = true
    await outbox.put({ ...notice, tries, dueAt })
  }

  async function giveUp(notice: Notice, why: string): Promise<void> {
    counts.failed.add()
    log.error({ notice: notice.id, messages: notice.messages, why }, 'a notice was given up')
    await outbox.remove(notice)
  }

  function drop(): void {
    counts.dropped.add()
    dropped += 1
    if (clock.now() - reportedAt < reportEveryMs) return
    reportedAt = clock.now()
    log.error({ dropped }, 'messages came of which nobody is told: too many notices wait')
    dropped = 0
  }

  async function restore(): Promise<void> {
    try {
      await outbox.restore()
    } catch (err) {
      if (signal.aborted) return
      log.warn({ err }, 'waiting notices could not be looked for')
    }
    if (!signal.aborted) stopRestoring = clock.setTimeout(start, restoreEveryMs)
    pump()
  }

  function start(): void {
    restoring = restore()
  }

  return {
    start,
    accept: (recipient, newest, messages = 1) =>
      inTurn(recipient, async () => {
        const open = outbox.openFor(recipient)
        if (open !== undefined) {
          counts.merged.add(messages)
          return outbox.put({ ...open, newest, messages: open.messages + messages })
        }
        if (outbox.isFull || isGone) return drop()
        const dueAt = await quietTime.nextAt(recipient)
        if (dueAt === undefined) return counts.merged.add(messages)
        const id = `msg_${randomUUID()}`
        const acceptedAt = clock.now()
        await outbox.put({ id, recipient, messages, newest, acceptedAt, dueAt, tries: 0 })
        pump()
      }),
    async close() {
      stopTimer?.()
      stopRestoring?.()
      await Promise.all([restoring, ...sending])
    },
  }
}
