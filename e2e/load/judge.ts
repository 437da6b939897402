/** What became of acknowledged messages, judged from what a mailbox or a stream holds. */
import type { QueueRecord } from '@secure-chat/protocol'

/** One message that the server answered 200 to. */
export type Acknowledged = {
  readonly sender: string
  readonly recipient: string
  /** Of this sender to this recipient, rising by one; the next is sent only when this one is acknowledged. */
  readonly number: number
  readonly id: string
  readonly message: string
  /** Milliseconds since the epoch, of the attempt that was acknowledged. */
  readonly sentAt: number
}

export type Verdict = {
  readonly acknowledged: number
  /** Acknowledged and not there. */
  readonly lost: readonly string[]
  /** Whose first occurrence stands behind a later message of the same sender. */
  readonly reordered: readonly string[]
  /** There with another content or sender than was sent. */
  readonly altered: readonly string[]
  /** There under an id that nobody was acknowledged. */
  readonly unknown: readonly string[]
  /** Further occurrences with the same id and content: allowed, receivers drop them. */
  readonly repeats: number
}

export const flawless = { lost: [], reordered: [], altered: [], unknown: [] }

/** Both of one recipient; `seen` in the order of the mailbox. Records of the server itself do not count. */
export function judge(
  acknowledged: readonly Acknowledged[],
  seen: readonly QueueRecord[],
): Verdict {
  const sent = new Map(acknowledged.map((one) => [one.id, one]))
  const found = new Set<string>()
  const newest = new Map<string, number>()
  const reordered: string[] = []
  const altered: string[] = []
  const unknown: string[] = []
  let repeats = 0
  for (const { id, type, sender, message } of seen) {
    if (type === 'SYSTEM') continue
    const one = sent.get(id)
    if (one === undefined) {
      unknown.push(`${sender}: ${id}`)
    } else if (one.message !== message || one.sender !== sender || type !== 'CHAT_MESSAGE') {
      altered.push(nameOf(one))
    } else if (found.has(id)) {
      repeats += 1
    } else {
      found.add(id)
      if (one.number < (newest.get(sender) ?? -1)) reordered.push(nameOf(one))
      newest.set(sender, Math.max(one.number, newest.get(sender) ?? -1))
    }
  }
  const lost = acknowledged.filter(({ id }) => !found.has(id)).map(nameOf)
  return { acknowledged: acknowledged.length, lost, reordered, altered, unknown, repeats }
}

/** Of several recipients together. */
export function total(verdicts: readonly Verdict[]): Verdict {
  const sum = (count: (verdict: Verdict) => number) =>
    verdicts.reduce((all, verdict) => all + count(verdict), 0)
  return {
    acknowledged: sum((verdict) => verdict.acknowledged),
    lost: verdicts.flatMap((verdict) => verdict.lost),
    reordered: verdicts.flatMap((verdict) => verdict.reordered),
    altered: verdicts.flatMap((verdict) => verdict.altered),
    unknown: verdicts.flatMap((verdict) => verdict.unknown),
    repeats: sum((verdict) => verdict.repeats),
  }
}

function nameOf({ sender, recipient, number, id }: Acknowledged): string {
  return `${sender} to ${recipient}, number ${number}, ${id}`
}
