import { ChatError, type UserName } from '@secure-chat/protocol'
import type { Clock } from '../../ports/clock.ts'
import { makeTokenBuckets } from '../common/token-buckets.ts'

/** The settings of sending; every number is the operator's to change. */
export interface SendLimitSettings {
  readonly isOn: boolean
  readonly messagesPerMinute: number
  readonly messagesPerMinuteToOne: number
  /** How many may go at once before the two rates above hold. */
  readonly messageBurst: number
  readonly exchangesPerHourPerPair: number
}

/** Each throws `rate_limited` with the seconds to wait. */
export interface SendLimits {
  /** Every try counts, also at unknown names: so names cannot be probed at speed. */
  countSender(sender: UserName): void
  countMessage(sender: UserName, recipient: UserName): void
  countExchange(sender: UserName, recipient: UserName): void
}

const minuteMs = 60_000
const hourMs = 3_600_000

export function makeSendLimits({
  clock,
  settings,
}: {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly settings: SendLimitSettings
}): SendLimits {
  if (!settings.isOn) return { countSender() {}, countMessage() {}, countExchange() {} }
  const burst = settings.messageBurst
  const senders = makeTokenBuckets({
    clock,
    burst,
    intervalMs: minuteMs / settings.messagesPerMinute,
  })
  const pairs = makeTokenBuckets({
    clock,
    burst,
    intervalMs: minuteMs / settings.messagesPerMinuteToOne,
  })
  const exchanges = makeTokenBuckets({
    clock,
    burst: settings.exchangesPerHourPerPair,
    intervalMs: hourMs / settings.exchangesPerHourPerPair,
  })
  return {
    countSender: (sender) => refuse(senders.take(sender), 'You are sending too fast'),
    countMessage: (sender, recipient) =>
      refuse(pairs.take(`${sender} ${recipient}`), `Too many messages to ${recipient}`),
    countExchange: (sender, recipient) =>
      refuse(exchanges.take(`${sender} ${recipient}`), `Too many key exchanges with ${recipient}`),
  }
}

function refuse(waitMs: number, what: string): void {
  if (waitMs === 0) return
  const retryAfterS = Math.ceil(waitMs / 1000)
  throw new ChatError('rate_limited', `${what}. Try again in ${retryAfterS} s.`, { retryAfterS })
}
