import type { Account, SentMessage } from '@secure-chat/client'
import { ChatError, type ErrorCode, errorTable, isChatError } from '@secure-chat/protocol/errors'
import type { UserName } from '@secure-chat/protocol/user-name'
import type { ChatExtensions } from '../chat/index.ts'
import { suggestionsOf } from '../errors/render.ts'
import { type DeliveryWatch, watchDeliveries } from './wait-delivered.ts'

export type Delivery =
  | (Pick<SentMessage, 'id' | 'to' | 'at' | 'reason'> & { readonly state: string })
  | { readonly to: string; readonly state: 'failed'; readonly error: ChatError }

export type SendOptions = {
  readonly account: Pick<Account, 'send'>
  readonly extensions: Pick<ChatExtensions, 'outgoing'>
}

/** One text to each of the recipients, one after the other; a failure of one does not keep it from the next. */
export async function sendText(
  recipients: readonly UserName[],
  draft: { readonly text: string; readonly re?: string },
  { account, extensions }: SendOptions,
): Promise<Delivery[]> {
  const text = await extensions.outgoing(draft.text)
  const deliveries: Delivery[] = []
  for (const to of recipients) {
    try {
      deliveries.push(await account.send(to, { ...draft, text }))
    } catch (error) {
      if (!isChatError(error)) throw error
      deliveries.push({ to, state: 'failed', error })
    }
  }
  return deliveries
}

export type SendResult = {
  readonly deliveries: readonly Delivery[]
  /** Why it is not a full success. */
  readonly failure: ChatError | undefined
}

export type SendAndWaitOptions = SendOptions & {
  readonly account: Pick<Account, 'send' | 'live'>
  readonly isQueueEnough: boolean
  /** Wait so long for the receipts; undefined: not at all. */
  readonly waitMs: number | undefined
}

export async function sendAndWait(
  recipients: readonly UserName[],
  draft: { readonly text: string; readonly re?: string },
  options: SendAndWaitOptions,
): Promise<SendResult> {
  const { waitMs, isQueueEnough, account } = options
  if (waitMs === undefined) {
    const deliveries = await sendText(recipients, draft, options)
    return { deliveries, failure: sendFailure(deliveries, isQueueEnough) }
  }
  const watch = watchDeliveries(account)
  try {
    const sent = await sendText(recipients, draft, options)
    const failure = sendFailure(sent, false)
    if (failure) return { deliveries: sent, failure }
    return await awaitReceipts(sent, watch, waitMs)
  } finally {
    await watch.stop()
  }
}

async function awaitReceipts(
  sent: readonly Delivery[],
  watch: DeliveryWatch,
  waitMs: number,
): Promise<SendResult> {
  let late: ChatError | undefined
  const wait = async (delivery: Delivery): Promise<Delivery> => {
    if (!('id' in delivery)) return delivery
    try {
      return { ...delivery, state: await watch.delivered(delivery.id, waitMs) }
    } catch (error) {
      if (!isChatError(error, 'timeout')) throw error
      late = error
      return delivery
    }
  }
  const deliveries = await Promise.all(sent.map(wait))
  return { deliveries, failure: late }
}

/**
 * How it went as a whole: undefined when everything is where it should be.
 *
 * @param isQueueEnough a message that waits in the outbox counts as done
 */
export function sendFailure(
  deliveries: readonly Delivery[],
  isQueueEnough: boolean,
): ChatError | undefined {
  const failures = deliveries.flatMap((delivery) => failureOf(delivery, isQueueEnough) ?? [])
  const [first] = failures
  if (!first || deliveries.length === 1) return first
  if (failures.length === deliveries.length && failures.every(({ code }) => code === first.code)) {
    return first
  }
  const names = deliveries
    .filter((delivery) => failureOf(delivery, isQueueEnough))
    .map(({ to }) => to)
  const reasons = [...new Set(failures.map(({ message }) => message))]
  const others = names.length === deliveries.length ? '' : '; sent to the others'
  const text = `Not sent to ${names.join(', ')}${others}. ${reasons.join(' ')}`
  const suggestions = [...new Set(failures.flatMap((failure) => suggestionsOf(failure)))]
  return new ChatError('partly_done', text, { cause: first, suggestions })
}

function failureOf(delivery: Delivery, isQueueEnough: boolean): ChatError | undefined {
  if ('error' in delivery) return delivery.error
  const { to, state, reason } = delivery
  if (state === 'refused') {
    return refused(to, reason ?? 'not_accepted')
  }
  if (state !== 'queued' || isQueueEnough) return undefined
  const code = reason ?? 'network_unreachable'
  return new ChatError(
    code,
    `${errorTable[code].title} The message to ${to} is kept and goes out with the next command that can send it.`,
    { suggestions: ['secure-chat outbox', 'secure-chat outbox retry'] },
  )
}

function refused(to: string, code: ErrorCode): ChatError {
  if (code !== 'not_accepted') {
    const why = errorTable[code].title
    return new ChatError(code, `The server refused the message to ${to}: ${why}`)
  }
  return new ChatError(code, `${to} takes no messages from you: the message was not delivered.`, {
    suggestions: [`Only ${to} can change that. Sending it again does not help.`],
  })
}
