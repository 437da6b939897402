/** Tasks of `every`: by the clock on the wall, remembered over restarts. */
import type { CheckedBot } from '../load/check-bot.ts'
import type { BotFile } from '../state/bot-file.ts'
import { type HandleParts, makeHandle } from './handle.ts'
import type { Journal } from './journal.ts'
import { wordsOf } from './respond.ts'
import { LateError, within } from './within.ts'

export type ScheduleParts = HandleParts & {
  readonly bot: Pick<CheckedBot, 'every'>
  readonly file: Pick<BotFile, 'lastRun' | 'setLastRun'>
  readonly timeoutMs: number
  readonly journal: Journal
  readonly now: () => number
}

/** @returns ends it, and waits for what is at work */
export function startSchedule(parts: ScheduleParts): () => Promise<void> {
  const timers = new Map<string, NodeJS.Timeout>()
  const working = new Set<Promise<void>>()
  let isStopped = false
  for (const task of parts.bot.every) plan(task)

  function plan(task: CheckedBot['every'][number]): void {
    if (isStopped) return
    const last = parts.file.lastRun(task.key) ?? begun(task.key)
    const waitMs = Math.min(Math.max(0, last + task.ms - parts.now()), task.ms)
    timers.set(
      task.key,
      setTimeout(() => {
        const work = run(task).finally(() => {
          working.delete(work)
          plan(task)
        })
        working.add(work)
      }, waitMs),
    )
  }

  /** The first interval begins with the first start. */
  function begun(key: string): number {
    const now = parts.now()
    parts.file.setLastRun(key, now)
    return now
  }

  async function run({ key, run: work }: CheckedBot['every'][number]): Promise<void> {
    // Before it: a task that ends the bot is not run again at once.
    parts.file.setLastRun(key, parts.now())
    try {
      await within(parts.timeoutMs, (signal) => work(makeHandle(parts, signal)))
      parts.journal({ type: 'ran', task: key })
    } catch (error) {
      const reason = error instanceof LateError ? 'late' : 'threw'
      parts.journal({ type: 'failed', task: key, reason, message: wordsOf(error) })
    }
  }

  return async () => {
    isStopped = true
    for (const timer of timers.values()) clearTimeout(timer)
    await Promise.all(working)
  }
}
