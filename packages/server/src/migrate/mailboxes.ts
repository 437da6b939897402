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

/** A mailbox on both sides, without what only one side still has because the retention of the other removed it. */
export interface MailboxSums {
  readonly user: UserName
  readonly source: Sum
  readonly target: Sum
  /** What keeps the two from being the same; undefined when they are. */
  readonly difference: string | undefined
}

export async function compareMailbox(
  o: TwoQueues & {
    /** What was written before (ms since the epoch) the target may have removed already. */
    readonly keptSince: number
  },
): Promise<MailboxSums> {
  const { user, signal, keptSince } = o
  const openSource = () => makeRecordReader(o.source, user, signal)
  const openTarget = () => makeRecordReader(o.target, user, signal)
  const [source, target] = await Promise.all([sumOf(openSource()), sumOf(openTarget())])
  const sums = { user, source, target }
  if (isSameSum(source, target)) return { ...sums, difference: undefined }
  const aligned = await alignMailbox(openSource, openTarget)
  if (aligned.kind === 'misfit') {
    return { ...sums, difference: `differs from record ${aligned.at} on` }
  }
  const missing = await passBy(aligned.rest, Number.POSITIVE_INFINITY, keptSince)
  if (missing.count > 0 && (target.count > 0 || !missing.areOver)) {
    return { ...sums, difference: `${missing.count} not copied` }
  }
  const common = { source: openSource(), target: openTarget() }
  const gone = await passBy(common.source, aligned.goneAtTarget + missing.count, keptSince)
  if (!gone.areOver) {
    return { ...sums, difference: `the target has removed ${gone.count} that it was to keep` }
  }
  // However old: the source may remove what it will, the target still has it.
  await passBy(common.target, aligned.goneAtSource, keptSince)
  return {
    user,
    source: await sumOf(common.source),
    target: await sumOf(common.target),
    difference: undefined,
  }
}

/** Takes so many records. Were they all written before this time? */
async function passBy(
  reader: RecordReader,
  count: number,
  before: number,
): Promise<{ count: number; areOver: boolean }> {
  let areOver = true
  for (let passed = 0; ; passed += 1) {
    const record = passed < count ? await reader.take() : undefined
    if (record === undefined) return { count: passed, areOver }
    if (Date.parse(record.timestamp) >= before) areOver = false
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
