/**
 * Senders that behave as honest clients do: from each sender to each recipient one message after the other,
 * to any node, the same id again until it is acknowledged.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from '../setup/account.ts'
import { atTearDown } from '../setup/tear-down.ts'
import type { Acknowledged } from './judge.ts'

/** An attempt that was not acknowledged. */
export type Refusal = {
  /** Milliseconds since the epoch. */
  readonly sentAt: number
  readonly tookMs: number
  /** Of the problem; undefined when the connection failed or nothing was answered in time. */
  readonly code: string | undefined
}

export type Load = {
  /** How many messages are under way at a time. */
  readonly width: number
  /** In the order of the answers. */
  readonly acknowledged: readonly Acknowledged[]
  readonly refusals: readonly Refusal[]
  /** Of the attempts that were begun at this time or later. */
  sentSince(at: number): {
    readonly acknowledged: readonly Acknowledged[]
    readonly refusals: readonly Refusal[]
  }
  /** Resolves when each flow had `count` more messages acknowledged, or one was answered what it must not be. */
  progress(count: number): Promise<void>
  /** Each flow ends with its present message acknowledged. */
  stop(): Promise<void>
}

export type LoadOptions = {
  readonly urls: readonly string[]
  readonly senders: readonly Account[]
  readonly recipients: readonly string[]
  /** Between two messages of a flow. */
  readonly pauseMs?: number
}

type Flow = { readonly sender: Account; readonly recipient: string; sent: number }

const attemptMs = 15_000
/** What a flow waits for before it is a fault: longer than any outage that a test makes. */
const patienceMs = 90_000

export function startLoad({ urls, senders, recipients, pauseMs = 10 }: LoadOptions): Load {
  const acknowledged: Acknowledged[] = []
  const refusals: Refusal[] = []
  const flows: Flow[] = senders.flatMap((sender) =>
    recipients.map((recipient) => ({ sender, recipient, sent: 0 })),
  )
  let isStopping = false
  let isGivenUp = false
  atTearDown(() => {
    isStopping = true
    isGivenUp = true
  })
  const watchers = new Set<() => void>()
  const runs = flows.map(run)
  const broken = Promise.race(
    runs.map((running) => running.then(() => new Promise<never>(() => {}))),
  )
  // Whoever awaits progress or the end gets to hear of it.
  broken.catch(() => {})

  async function run(flow: Flow): Promise<void> {
    while (!isStopping) {
      await deliver(flow)
      flow.sent += 1
      for (const watch of watchers) watch()
      await sleep(pauseMs)
    }
  }

  async function deliver({ sender, recipient, sent: number }: Flow): Promise<void> {
    const id = randomUUID()
    const padding = randomBytes(100 + ((number * 37) % 400)).toString('base64')
    const message = `${sender.name} to ${recipient}, number ${number}: ${padding}`
    for (const deadline = Date.now() + patienceMs; !isGivenUp; ) {
      const sentAt = Date.now()
      const answer = await attempt(sender, recipient, { id, message })
      if (answer.kind === 'stored') {
        acknowledged.push({ sender: sender.name, recipient, number, id, message, sentAt })
        return
      }
      refusals.push(answer.refusal)
      if (Date.now() > deadline) {
        throw new Error(
          `${sender.name} could not send for ${patienceMs / 1000} s: ${answer.refusal.code}`,
        )
      }
      await sleep(answer.waitMs)
    }
  }

  async function attempt(
    sender: Account,
    recipient: string,
    content: { readonly id: string; readonly message: string },
  ) {
    const sentAt = Date.now()
    const url = urls[Math.floor(Math.random() * urls.length)] ?? ''
    const target = `/chat/${recipient}`
    const refused = (code: string | undefined, waitMs: number) => ({
      kind: 'refused' as const,
      refusal: { sentAt, tookMs: Date.now() - sentAt, code },
      waitMs,
    })
    let response: Response
    let body: { code?: string; id?: string }
    try {
      response = await fetch(url + target, {
        method: 'POST',
        headers: {
          authorization: sender.authorization('POST', target, content),
          'content-type': 'application/json',
        },
        body: JSON.stringify(content),
        signal: AbortSignal.timeout(attemptMs),
      })
      body = (await response.json()) as typeof body
    } catch {
      return refused(undefined, 100)
    }
    if (response.status === 200 && body.id === content.id) return { kind: 'stored' as const }
    const retryAfterS = Number(response.headers.get('retry-after'))
    if (response.status === 503 && retryAfterS > 0) return refused(body.code, retryAfterS * 1000)
    throw new Error(`${target} was answered ${response.status}: ${JSON.stringify(body)}`)
  }

  function progress(count: number): Promise<void> {
    const goals = flows.map((flow) => flow.sent + count)
    const reached = () => flows.every((flow, index) => flow.sent >= (goals[index] ?? 0))
    const made = new Promise<void>((resolve) => {
      const watch = () => {
        if (!reached()) return
        watchers.delete(watch)
        resolve()
      }
      watchers.add(watch)
    })
    return Promise.race([made, broken])
  }

  return {
    width: flows.length,
    acknowledged,
    refusals,
    sentSince: (at) => ({
      acknowledged: acknowledged.filter(({ sentAt }) => sentAt >= at),
      refusals: refusals.filter(({ sentAt }) => sentAt >= at),
    }),
    progress,
    async stop() {
      isStopping = true
      await Promise.all(runs)
    },
  }
}
