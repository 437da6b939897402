import { errorDocument } from '../errors/render.ts'
import type { Output } from '../output/output.ts'
import type { Delivery, SendResult } from '../services/send.ts'
import { showOutcome } from './outcome.ts'

const words: Readonly<Record<string, string>> = {
  sent: 'sent',
  queued: 'kept for later',
  refused: 'refused',
  failed: 'not sent',
  delivered: 'delivered',
  read: 'read',
}

/** What became of each message; the exit code. */
export async function showSent(
  { deliveries, failure }: SendResult,
  output: Output,
): Promise<number> {
  const documents = deliveries.map((delivery) => documentOf(delivery, output))
  const [only] = documents
  const isOne = deliveries.length === 1 && only !== undefined
  // Nothing to tell beyond the error: it is the document then.
  if (failure && deliveries.every(({ state }) => state === 'failed')) throw failure
  const document = isOne ? only : { sent: documents }
  return showOutcome({ document, failure }, output, () => {
    for (const delivery of deliveries) showOne(delivery, output)
  })
}

function showOne(delivery: Delivery, output: Output): void {
  const id = 'id' in delivery ? delivery.id : ''
  if (output.isTerminal) output.line(`${delivery.to}: ${words[delivery.state] ?? delivery.state}`)
  else output.line([delivery.to, delivery.state, id].join('\t'))
}

function documentOf(delivery: Delivery, { hint }: Output): object {
  if (!('error' in delivery)) return delivery
  return { to: delivery.to, state: delivery.state, ...errorDocument(delivery.error, hint) }
}
