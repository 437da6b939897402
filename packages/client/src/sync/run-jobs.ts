import { isChatError } from '@secure-chat/protocol'
import type { Context } from '../messaging/context.ts'
import { sealIntoOutbox } from '../messaging/seal.ts'
import { outcomeOf } from '../outbox/outcome.ts'
import { lookUp } from '../trust/look-up.ts'
import { answerResend } from './answer-resend.ts'
import { askForResend } from './ask-for-resend.ts'
import type { JobRow } from './job-store.ts'

type Options = { signal?: AbortSignal }

const retryMs = 60_000

/**
 * Does what received records asked for: look-ups, lines to send again, receipts. What needs the network and
 * fails stays for later. Puts messages into the outbox, does not send.
 */
export async function runJobs(context: Context, options: Options = {}): Promise<void> {
  for (const row of context.jobs.due(context.clock.now())) {
    await attempt(context, row, () => run(context, row, options))
  }
}

/** Asks for what cannot be opened. Not while a page or a burst is being read: its key may come right behind. */
export async function askForMissing(context: Context, options: Options = {}): Promise<void> {
  for (const tag of context.envelopes.contactsToAsk()) {
    await attempt(context, undefined, () => askForResend(context, tag, options))
  }
}

async function attempt(
  context: Context,
  row: JobRow | undefined,
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (isChatError(error, 'key_not_trusted') || isChatError(error, 'no_such_user')) {
      // Nobody to send it to, or nobody we may send to: the request lapses.
      if (row) context.vault.transaction(() => context.jobs.finish(row))
      return
    }
    const { kind } = outcomeOf(error)
    if (kind !== 'offline' && kind !== 'later') throw error
    if (row) context.jobs.postpone(row, context.clock.now() + retryMs)
    context.log({ event: 'job-postponed', job: row?.job.kind ?? 'ask-resend' })
  }
}

async function run(context: Context, row: JobRow, options: Options): Promise<void> {
  const { job } = row
  switch (job.kind) {
    case 'look-up':
      await lookUp(context, job.name, options)
      context.vault.transaction(() => context.jobs.finish(row))
      return
    case 'receipt': {
      const content = {
        id: context.newId(),
        at: context.clock.now(),
        kind: 'receipt',
        body: { ids: job.ids, state: job.state },
      }
      const keep = (): boolean => context.jobs.finish(row)
      await sealIntoOutbox(context, job.name, [content], { ...options, keep })
      return
    }
    case 'answer-resend':
      await answerResend(context, row, job, options)
      return
  }
}
