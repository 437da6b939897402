import { openMessage, readMessageHeader } from '@secure-chat/e2ee'
import { isChatError, type QueueRecord, type UserName } from '@secure-chat/protocol'
import type { ReceivingRecord } from '../messaging/chain-store.ts'
import type { Context } from '../messaging/context.ts'
import { keepOpened } from './keep-opened.ts'
import { hashOf, nothing, type Plan, planAttack, planUnopened } from './plan.ts'

type Opened = Awaited<ReturnType<typeof openMessage>>

/** What records planned before this one, to be kept in the same transaction, will have changed. */
export type Ahead = {
  /** Hashes of what was opened, by sender and id. */
  seen: Map<string, string>
  /** By contact and kid. */
  chains: Map<string, { rev: number; record: ReceivingRecord }>
}

/** A message: opened under the chain its header names, if that is its sender's. */
export async function planMessage(
  context: Context,
  sender: UserName,
  record: QueueRecord,
  ahead?: Ahead,
): Promise<Plan> {
  const { seen, chains, contacts, self } = context
  const hash = hashOf(record.message)
  const seenKey = `${sender} ${record.id}`
  const seenHash = ahead?.seen.get(seenKey) ?? seen.hashOf(sender, record.id)
  if (seenHash === hash) return nothing
  const header = readMessageHeader(record.message)
  if (!header) {
    return planUnopened(context, sender, record, {
      kid: null,
      state: 'failed',
      text: `Not readable: what came in the name of ${sender} is not of a form this program understands.`,
    })
  }
  const tag = contacts.tagOf(sender)
  const chainKey = `${tag}/${header.kid}`
  const chain = ahead?.chains.get(chainKey) ?? chains.receiving(tag, header.kid)
  if (!chain) {
    return planUnopened(context, sender, record, {
      kid: header.kid,
      state: 'waiting',
      text: 'Not readable yet: its key has not come. It is opened when the key arrives.',
    })
  }
  const opened = await tryToOpen(chain.record, sender, record, self.name)
  if (opened === 'repeat') return nothing
  if (opened === 'attack') {
    return planAttack(
      context,
      sender,
      record,
      `Attack: a second, different message came under a number that ${sender} had used already. It was refused.`,
    )
  }
  if (opened === 'closed') {
    return planUnopened(context, sender, record, {
      kid: header.kid,
      state: 'failed',
      text: `Not readable: what came in the name of ${sender} was changed on the way, written to somebody else, or not written by ${sender}.`,
    })
  }
  ahead?.seen.set(seenKey, hash)
  ahead?.chains.set(chainKey, {
    rev: chain.rev + 1,
    record: { ...chain.record, chain: opened.chain },
  })
  return () => {
    const stored = chains.receiving(tag, header.kid)
    // Another process opened something of this chain meanwhile: look again.
    if (stored?.rev !== chain.rev) return false
    const gapLines = keepOpened(context, {
      sender,
      record,
      opened,
      chain: stored.record,
      // Sealed anew after a change of keys, and the first copy had come through after all.
      isRepeat: seenHash !== undefined,
    })
    seen.add(sender, record.id, hash)
    return chains.replaceReceiving(tag, chain.rev, {
      ...stored.record,
      chain: opened.chain,
      gapLines,
    })
  }
}

async function tryToOpen(
  record: ReceivingRecord,
  sender: UserName,
  { id, message }: QueueRecord,
  me: UserName,
): Promise<Opened | 'repeat' | 'attack' | 'closed'> {
  try {
    return await openMessage(record.chain, { id, sender, message, me })
  } catch (error) {
    if (!isChatError(error, 'undecryptable')) throw error
    const { reason } = error.members
    return reason === 'repeat' || reason === 'attack' ? reason : 'closed'
  }
}
