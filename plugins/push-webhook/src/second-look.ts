import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import type { NoticeMessage } from './notice.ts'

/**
 * A user counts as there until 90 s after the last sign of life: who has just lost the connection looks as if they had
 * the message. So whoever is there when it comes is looked at once more when that time is over.
 */
export interface SecondLook {
  later(recipient: string, newest: NoticeMessage): void
  /** The user is being told now. Answers how many messages were kept for it. */
  take(recipient: string): number
  close(): Promise<void>
}

type Kept = {
  readonly newest: NoticeMessage
  readonly messages: number
  /** When it is looked at. */
  readonly at: number
}

/** The 90 s, and some for the last sign to be written. */
const afterMs = 95_000
const roundEveryMs = 5000
const namesMax = 500

export function makeSecondLook({
  ctx: { clock, log, users, signal },
  usersMax,
  accept,
}: {
  readonly ctx: Pick<ServerContext, 'clock' | 'log' | 'users' | 'signal'>
  /** So many users are kept for it; of more only the first look counts. */
  readonly usersMax: number
  readonly accept: (recipient: string, newest: NoticeMessage, messages: number) => Promise<void>
}): SecondLook {
  const kept = new Map<string, Kept>()
  let stopTimer: (() => void) | undefined
  let round: Promise<void> = Promise.resolve()

  function schedule(): void {
    if (stopTimer !== undefined || kept.size === 0 || signal.aborted) return
    stopTimer = clock.setTimeout(() => {
      stopTimer = undefined
      round = look().then(schedule)
    }, roundEveryMs)
  }

  async function look(): Promise<void> {
    const now = clock.now()
    const due = [...kept].filter(([, { at }]) => at <= now).slice(0, namesMax)
    if (due.length === 0) return
    let found: Awaited<ReturnType<typeof users.presence>>
    try {
      found = await users.presence(due.map(([name]) => name))
    } catch (err) {
      if (!signal.aborted) log.warn({ err }, 'who got a message could not be looked at')
      return
    }
    for (const [name, entry] of due) {
      // Another message came meanwhile: its time is not over.
      if (kept.get(name) !== entry) continue
      kept.delete(name)
      const { state, lastSeen } = found[name] ?? {}
      const wasThere =
        lastSeen !== undefined && Date.parse(lastSeen) > Date.parse(entry.newest.timestamp)
      if (state !== 'offline' || wasThere) continue
      try {
        await accept(name, entry.newest, entry.messages)
      } catch (err) {
        if (signal.aborted) return
        log.warn({ err }, 'a notice could not be stored; it is tried again')
        keepAgain(name, entry)
        return
      }
    }
  }

  /** Messages that came meanwhile count with them, and are the newer ones. */
  function keepAgain(name: string, entry: Kept): void {
    const since = kept.get(name)
    kept.set(name, since ? { ...since, messages: since.messages + entry.messages } : entry)
  }

  return {
    later(recipient, newest) {
      const before = kept.get(recipient)
      if (before === undefined && kept.size >= usersMax) return
      kept.set(recipient, {
        newest,
        messages: (before?.messages ?? 0) + 1,
        at: clock.now() + afterMs,
      })
      schedule()
    },
    take(recipient) {
      const { messages = 0 } = kept.get(recipient) ?? {}
      kept.delete(recipient)
      return messages
    },
    async close() {
      stopTimer?.()
      await round
    },
  }
}
