import type { UserName } from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import { type Line, newLine, plain } from '../messaging/line.ts'
import { addNotice } from '../messaging/notices.ts'
import { sealIntoOutbox } from '../messaging/seal.ts'
import type { Content } from '../outbox/outbox-store.ts'
import type { Job, JobRow } from './job-store.ts'

/** A little under the hour a contact waits between two requests, so that no clock makes us miss one. */
const honouredEveryMs = 50 * 60_000
const linesMax = 500
/** Until the user decides about the key it was asked under. */
const decisionPollMs = 60_000

/**
 * Sends lines again that a contact cannot read: under a new chain and new ids, each saying which one it
 * repeats; the old lines are marked. Only to the pinned key, and at most once in an hour.
 */
export async function answerResend(
  context: Context,
  row: JobRow,
  job: Extract<Job, { kind: 'answer-resend' }>,
  options: { signal?: AbortSignal },
): Promise<void> {
  const { contacts, jobs, vault, clock, lines, self, newId } = context
  const { name } = job
  const contact = contacts.get(name)
  if (contact?.changed?.fingerprint === job.askedUnder) {
    jobs.postpone(row, clock.now() + decisionPollMs)
    return
  }
  const isAllowed =
    contact?.pin?.fingerprint === job.askedUnder &&
    !contact.changed &&
    clock.now() - contact.answeredResendAt >= honouredEveryMs
  const wanted = isAllowed ? linesFor(context, name, job.ids) : []
  if (wanted.length === 0) {
    vault.transaction(() => jobs.finish(row))
    return
  }
  const pairs = wanted.map((line) => ({ line, id: newId() }))
  const contents: Content[] = pairs.map(({ line, id }) => ({
    id,
    at: line.at,
    kind: line.kind,
    body: line.body,
    reSent: line.id,
  }))
  await sealIntoOutbox(context, name, contents, {
    ...options,
    isFresh: true,
    keep() {
      if (!jobs.finish(row)) return false
      contacts.change(name, (each) => ({ ...each, answeredResendAt: clock.now() }))
      for (const { line, id } of pairs) {
        lines.change(lines.tagOf(self.name, line.id), (each) => ({
          ...each,
          state: 'unreadable',
          notices: [...each.notices, plain(`Not readable by ${name}; it was sent again.`)],
        }))
        lines.add(lines.tagOf(self.name, id), sentAgain(line, id))
      }
      const count = pairs.length === 1 ? 'One line' : `${pairs.length} lines`
      addNotice(context, name, `${count} that ${name} could not read went again under a new key.`)
      return true
    },
  })
}

/** Ours, to this contact, once taken by the server, and not sent again before. */
function linesFor({ lines, self }: Context, to: UserName, ids: readonly string[]): Line[] {
  return [...new Set(ids)].slice(0, linesMax).flatMap((id) => {
    const line = lines.get(lines.tagOf(self.name, id))?.line
    const isSent = line?.state === 'sent' || line?.state === 'delivered'
    return line && line.direction === 'out' && line.to === to && isSent ? [line] : []
  })
}

function sentAgain(line: Line, id: string): Line {
  return newLine({
    ...line,
    id,
    state: 'queued',
    reason: null,
    notices: [plain('Sent again, because it could not be read before.')],
  })
}
