import type { QueueRecord } from '@secure-chat/protocol'
import type { Account } from '../setup/account.ts'

/** Everything in a mailbox, from the earliest record, page by page. */
export async function readMailbox(account: Account, limit = 1000): Promise<QueueRecord[]> {
  const records: QueueRecord[] = []
  for (let after = ''; ; ) {
    const query = `limit=${limit}${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`
    const { status, body } = await account.call('GET', `/chat/messages?${query}`)
    if (status !== 200) throw new Error(`reading was answered ${status}: ${JSON.stringify(body)}`)
    records.push(...(body.messages as QueueRecord[]))
    if (body.more !== true) return records
    after = String(body.next)
  }
}
