import type { Account, SentMessage } from '@secure-chat/client'
import { ChatError, type ErrorCode, errorTable, isChatError } from '@secure-chat/protocol/errors'
import type { UserName } from '@secure-chat/protocol/user-name'
import type { ChatExtensions } from '../chat/index.ts'
import { suggestionsOf } from '../errors/render.ts'
import { type DeliveryWatch, watchDeliveries } from './wait-delivered.ts'

export type Delivery =
  | (Pick<SentMessage, 'id' | 'to' | 'at' | 'reason' | 'detail'> & { readonly state: string })
  | { readonly to: string; readonly state: 'failed'; readonly error: ChatError }

export type SendOptions = {
  readonly account: Pick<Account, 'send'>
  readonly extensions: Pick<ChatExtensions, 'outgoing'>
}

/**
 * One text to each of the recipients, one after the other; a failure of one does not keep it from the next.
 *
 * @throws ChatError plugin_error before anything is sent, to whomever
 */
export async function sendText(
  recipients: readonly UserName[],
  draft: { readonly text: string; readonly re?: string },
  { account, extensions }: SendOptions,
): Promise<Delivery[]> {
  const texts: Array<{ readonly to: UserName; readonly text: string }> = []
  for (const to of recipients) texts.push({ to, text: await extensions.outgoing(draft.text, to) })
  const deliveries: Delivery[] = []
  for (const { to, text } of texts) {
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
  readonly account: Pick<Account, 'send' | 'live' | 'me'>
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
  const { name } = account.me
  if (waitMs === undefined) {
    const deliveries = await sendText(recipients, draft, options)
    return { deliveries, failure: sendFailure(deliveries, isQueueEnough, name) }
  }
  const watch = watchDeliveries(account)
  try {
    const sent = await sendText(recipients, draft, options)
    const failure = sendFailure(sent, false, name)
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
 * @param isQueueEnough a message that waits in the outbox counts as done, unless it waits for a login
 * @param self whose messages they are: named where signing in is the way out
 */
export function sendFailure(
  deliveries: readonly Delivery[],
  isQueueEnough: boolean,
  self = 'NAME',
): ChatError | undefined {
  const failed = deliveries.flatMap((delivery) => {
    const failure = failureOf(delivery, isQueueEnough, self)
    return failure ? [{ delivery, failure }] : []
  })
  const failures = failed.map(({ failure }) => failure)
  const [first] = failures
  if (!first || deliveries.length === 1) return first
  const names = failed.map(({ delivery }) => delivery.to)
  if (failures.length === deliveries.length && failures.every(({ code }) => code === first.code)) {
    const areKept = deliveries.every(({ state }) => state === 'queued')
    return areKept ? kept(names, first.code, self) : first
  }
  const reasons = [...new Set(failures.map(({ message }) => message))]
  const others = names.length === deliveries.length ? '' : '; sent to the others'
  const text = `Not sent to ${names.join(', ')}${others}. ${reasons.join(' ')}`
  const suggestions = [...new Set(failures.flatMap((failure) => suggestionsOf(failure)))]
  return new ChatError('partly_done', text, { cause: first, suggestions })
}

function failureOf(
  delivery: Delivery,
  isQueueEnough: boolean,
  self: string,
): ChatError | undefined {
  if ('error' in delivery) return delivery.error
  const { to, state, reason, detail } = delivery
  if (state === 'refused') return refused(to, reason ?? 'not_accepted', detail)
  if (state !== 'queued') return undefined
  const failure = kept([to], reason ?? 'network_unreachable', self)
  // A script that never hears of the ended session would queue for ever.
  return isQueueEnough && failure.exit !== 4 ? undefined : failure
}

function kept(names: readonly string[], code: ErrorCode, self: string): ChatError {
  const what = `The message to ${names.join(', ')} is kept`
  if (code === 'token_invalid') {
    const text = `The session is over, so nothing is sent. ${what} and goes out after the next login.`
    return new ChatError(code, text, { suggestions: [`secure-chat login ${self}`] })
  }
  const text = `${errorTable[code].title} ${what} and goes out with the next command that can send it.`
  return new ChatError(code, text, {
    suggestions: ['secure-chat outbox', 'secure-chat outbox retry'],
  })
}

function refused(to: string, code: ErrorCode, detail: string | undefined): ChatError {
  if (code === 'no_such_user') return new ChatError(code, `Not sent: there is no user ${to}.`)
  if (code !== 'not_accepted') {
    const why = detail ?? errorTable[code].title
    return new ChatError(code, `The server refused the message to ${to}: ${why}`)
  }
  return new ChatError(code, `${to} takes no messages from you: the message was not delivered.`, {
    suggestions: [`Only ${to} can change that. Sending it again does not help.`],
  })
}
