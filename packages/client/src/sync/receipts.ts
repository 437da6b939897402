import type { UserName } from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import type { MessageState } from '../messaging/types.ts'

type Receipt = { ids: readonly string[]; state: 'delivered' | 'read' }

const order: readonly MessageState[] = ['queued', 'sent', 'delivered', 'read']

/** A contact says what became of our lines; only of those to them, and only forward. */
export function keepReceipt({ lines, self }: Context, from: UserName, receipt: Receipt): void {
  for (const id of receipt.ids) {
    const tag = lines.tagOf(self.name, id)
    const line = lines.get(tag)?.line
    if (line?.direction !== 'out' || line.to !== from) continue
    const before = order.indexOf(line.state)
    if (before < 0 || before >= order.indexOf(receipt.state)) continue
    lines.change(tag, (each) => ({ ...each, state: receipt.state }))
  }
}

const idsMax = 1_000

/** Notes that a receipt is to be sent, if the user has them on; inside a transaction. */
export function requestReceipt(
  { jobs, state }: Context,
  to: UserName,
  id: string,
  what: Receipt['state'],
): void {
  if (state.get('setting/receipts') !== 'on') return
  jobs.add(
    `receipt/${what}/${to}`,
    { kind: 'receipt', name: to, ids: [id], state: what },
    (before) =>
      before.kind === 'receipt' && before.ids.length < idsMax
        ? { ...before, ids: [...new Set([...before.ids, id])] }
        : { kind: 'receipt', name: to, ids: [id], state: what },
  )
}
