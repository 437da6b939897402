import { ChatError, type UserName } from '@secure-chat/protocol'
import type { MessageQueue, UserStore } from '../ports/index.ts'
import { alignMailbox } from './align-mailbox.ts'
import { makeRecordReader, type RecordReader } from './record-reader.ts'
import { isSameSum, makeTally, type Sum } from './tally.ts'

interface TwoQueues {
  readonly source: MessageQueue
  readonly target: MessageQueue
  readonly user: UserName
  readonly signal: AbortSignal
}

/** Every name, by pages. */
export async function* everyUser(users: UserStore): AsyncGenerator<UserName> {
  const limit = 500
  let after: string | undefined
  for (;;) {
    const names = await users.list({ limit, ...(after !== undefined && { after }) })
    yield* names
    after = names.at(-1)
    if (names.length < limit) return
  }
}

/**
 * Copies what the target's mailbox does not have yet. What it has must be what an earlier run copied; nothing else says
 * how far that came.
 * @throws ChatError `usage` when the target holds something else
 */
export async function copyMailbox(
  o: TwoQueues & { readonly onCopied: (records: number) => void },
): Promise<void> {
  const { source, target, user, signal } = o
  await target.createMailbox(user)
  const aligned = await alignMailbox(
    () => makeRecordReader(source, user, signal),
    () => makeRecordReader(target, user, signal),
  )
  if (aligned.kind === 'misfit') {
    throw new ChatError(
      'usage',
      `The target's mailbox of ${user} already holds other messages (number ${aligned.at} is not the source's). Nothing of it was changed. Name an empty target, or one that only this migration has written to.`,
    )
  }
  for (;;) {
    const records = await aligned.rest.takeSome()
    if (records.length === 0) return
    // As one set, so that no later record is kept without an earlier one.
    await target.enqueueAll(records.map((record) => ({ user, record })))
    o.onCopied(records.length)
  }
}

/** A mailbox on both sides. */
export interface MailboxSums {
  readonly user: UserName
  readonly source: Sum
  readonly target: Sum
  /** Records that only the target still has, not counted: the source's retention removed them since they were copied. */
  readonly goneAtSource: number
  /** What keeps the two from being the same; undefined when they are. */
  readonly difference: string | undefined
}

export async function compareMailbox(o: TwoQueues): Promise<MailboxSums> {
  const { user, signal } = o
  const openSource = () => makeRecordReader(o.source, user, signal)
  const openTarget = () => makeRecordReader(o.target, user, signal)
  const [source, target] = await Promise.all([sumOf(openSource()), sumOf(openTarget())])
  const sums = { user, source, target, goneAtSource: 0 }
  if (isSameSum(source, target)) return { ...sums, difference: undefined }
  const aligned = await alignMailbox(openSource, openTarget)
  if (aligned.kind === 'misfit') {
    return { ...sums, difference: `differs from record ${aligned.at} on` }
  }
  const { count: missing } = await sumOf(aligned.rest)
  if (missing > 0) return { ...sums, difference: `${missing} not copied` }
  if (aligned.goneAtTarget > 0) {
    return { ...sums, difference: `the target's retention removed ${aligned.goneAtTarget}` }
  }
  const common = openTarget()
  for (let passed = 0; passed < aligned.goneAtSource; passed += 1) await common.take()
  return {
    ...sums,
    target: await sumOf(common),
    goneAtSource: aligned.goneAtSource,
    difference: undefined,
  }
}

async function sumOf(reader: RecordReader): Promise<Sum> {
  const tally = makeTally()
  for (;;) {
    const records = await reader.takeSome()
    if (records.length === 0) return tally.sum()
    for (const record of records) tally.add(record)
  }
}
