/** A bot at work: what came while it was away, then what comes, until it is told to stop. */
import type { ChatClient, ChatMessage } from '@secure-chat/plugin-sdk/cli'
import type { CheckedBot } from '../load/check-bot.ts'
import type { BotFile } from '../state/bot-file.ts'
import { keyOf, readBacklog } from './backlog.ts'
import type { Journal } from './journal.ts'
import { makeLanes } from './lanes.ts'
import { makeRate } from './rate.ts'
import { makeRespond, type Outcome } from './respond.ts'
import { startSchedule } from './schedule.ts'

export type RunOptions = {
  readonly bot: CheckedBot
  readonly client: Pick<ChatClient, 'me' | 'send' | 'messages' | 'markRead' | 'listen' | 'users'>
  readonly file: BotFile
  readonly journal: Journal
  readonly log: (text: string) => void
  /** A handler may take so long. */
  readonly timeoutMs: number
  /** Answers for each user in a minute. */
  readonly perMinute: number
  /** End when nothing is left to answer. */
  readonly isOnce: boolean
  /** Aborted: no message is begun any more. */
  readonly stopping: AbortSignal
  readonly trustPollMs?: number
}

/** So many users are answered at the same time. */
const lanesAtOnce = 16

type Held = Outcome & { kind: 'held' }

/** @throws what cannot heal: the end of the session, a full disk */
export async function runBot(options: RunOptions): Promise<void> {
  const { bot, client, file, journal, log, timeoutMs, trustPollMs = 15_000 } = options
  const stop = new AbortController()
  const stopping = AbortSignal.any([options.stopping, stop.signal])
  let failure: { readonly error: unknown } | undefined
  const fail = (error: unknown) => {
    failure ??= { error }
    stop.abort()
  }
  const parts = { bot, client, file, journal, log, timeoutMs }
  const rate = makeRate(options.perMinute, () => performance.now())
  const { respond, respondNow, finish } = makeRespond({ ...parts, rate })
  const lanes = makeLanes({ atOnce: lanesAtOnce, failed: fail })
  /** By sender, in order. */
  const held = new Map<string, Held[]>()
  const taken = new Set<string>()

  function take(message: ChatMessage, work: () => Promise<Outcome>): void {
    const key = keyOf(message.from, message.id)
    if (taken.has(key)) return
    taken.add(key)
    lanes.add(message.from, async () => {
      const waiting = held.get(message.from)
      // Behind one that is held the next ones wait too, so that their order stays.
      const outcome: Outcome = waiting?.length ? { kind: 'held', message } : await work()
      if (outcome.kind === 'held') held.set(message.from, [...(waiting ?? []), outcome])
      else taken.delete(key)
    })
  }

  /** Those whose sender's key is trusted again. */
  async function lookAtHeld(): Promise<void> {
    if (held.size === 0) return
    const before = [...held]
    const changed = new Set(
      (await client.users()).filter(({ trust }) => trust === 'changed').map(({ name }) => name),
    )
    for (const [user, messages] of before) {
      // What is held since then may be under a newer key than the one looked up: the next look is for both, in their order.
      if (changed.has(user) || held.get(user) !== messages) continue
      held.delete(user)
      for (const one of messages) {
        taken.delete(keyOf(user, one.message.id))
        take(one.message, () => respondNow(one))
      }
    }
  }

  /** Also what was held when it came and whose sender was trusted since. */
  async function answerAll(): Promise<void> {
    await lanes.idle()
    await lookAtHeld()
    await lanes.idle()
  }

  const feed = client.listen({ signal: stopping })
  const polling = setInterval(() => void lookAtHeld().catch(logged(log)), trustPollMs)
  const endSchedule = startSchedule({ ...parts, state: file.state, now: Date.now })
  try {
    // After the feed was opened: what comes between the two is in both.
    const { messages, answers } = await readBacklog(client)
    journal({ type: 'state', state: 'running', name: bot.name, me: client.me })
    for (const message of messages) {
      const answer = answers.get(keyOf(message.from, message.id))
      take(message, () => (answer === undefined ? respond(message) : finish(message, answer)))
    }
    if (options.isOnce) await Promise.race([answerAll(), aborted(stopping)])
    else for await (const message of feed) take(message, () => respond(message))
  } catch (error) {
    if (!stopping.aborted) fail(error)
  } finally {
    clearInterval(polling)
    if (options.stopping.aborted)
      journal({ type: 'state', state: 'stopping', name: bot.name, me: client.me })
    await Promise.all([lanes.stop(), endSchedule()])
    stop.abort()
  }
  if (failure !== undefined) throw failure.error
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** The next look comes soon. */
function logged(log: (text: string) => void) {
  return (error: unknown) =>
    log(`Whether keys are trusted could not be looked up: ${String(error)}`)
}
