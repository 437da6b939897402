import { randomBytes, randomUUID } from 'node:crypto'
import {
  type Cursor,
  type ErrorCode,
  parseUserName,
  type QueueRecord,
  type UserName,
} from '@secure-chat/protocol'
import type { MessageQueue, QueueItem, QueuePage, Tail } from '../../../server/index.ts'

/** A name nobody else uses, so that suites can share one engine; the ending is kept for what it tries. */
export function newUser(ending = ''): UserName {
  return parseUserName(`u${randomBytes(6).toString('hex')}${ending}`)
}

export function record(message: string, more: Partial<QueueRecord> = {}): QueueRecord {
  return {
    id: randomUUID(),
    type: 'CHAT_MESSAGE',
    sender: 'alice',
    message,
    timestamp: '2026-11-23T18:00:00.000Z',
    ...more,
  }
}

/** The error code a call rejects with; fails when it does not reject, or not with a code. */
export async function codeOf(call: Promise<unknown>): Promise<ErrorCode> {
  const outcome = await call.then(
    () => ({ code: 'resolved' }),
    (error: unknown) => error,
  )
  return codeIn(outcome)
}

export function codeIn(error: unknown): ErrorCode {
  if (typeof error !== 'object' || error === null || !('code' in error)) throw error
  return error.code as ErrorCode
}

/** Every record of a mailbox, page by page. */
export async function readAll(
  queue: MessageQueue,
  user: UserName,
  options: { after?: Cursor; limit?: number } = {},
): Promise<QueueRecord[]> {
  const { limit = 1000 } = options
  const found: QueueRecord[] = []
  let after = options.after
  for (;;) {
    const page: QueuePage = await queue.read(user, { limit, ...(after && { after }) })
    found.push(...page.items.map((item) => item.record))
    after = page.next
    if (!page.more) return found
  }
}

export type Follower = {
  readonly tail: Tail
  readonly items: QueueItem[]
  /** Texts of what came so far. */
  messages(): string[]
  /** Resolves when so many items are there. */
  got(count: number): Promise<void>
  /** Resolves with the tail's last word. */
  readonly ended: Promise<{ kind: 'expired'; resume: Cursor } | { kind: 'error'; error: unknown }>
}

/** A tail whose calls can be awaited. Fails on a call inside another, inside `tail()`, or after the end. */
export function follow(
  queue: MessageQueue,
  user: UserName,
  after: Cursor,
  onItem: (item: QueueItem, follower: Follower) => void = () => undefined,
): Follower {
  const items: QueueItem[] = []
  const waiting: Array<{ count: number; resolve: () => void }> = []
  let isInside = true
  let isOver = false
  let end: (last: Awaited<Follower['ended']>) => void
  const ended = new Promise<Awaited<Follower['ended']>>((resolve) => {
    end = resolve
  })
  function entered(run: () => void): void {
    if (isInside) throw new Error('The sink was entered while it ran, or from inside tail().')
    if (isOver) throw new Error('The sink was called after the end of its tail.')
    isInside = true
    try {
      run()
    } finally {
      isInside = false
    }
  }
  const tail = queue.tail(user, after, {
    onItem: (item) =>
      entered(() => {
        items.push(item)
        for (const each of waiting.filter(({ count }) => items.length >= count)) each.resolve()
        onItem(item, follower)
      }),
    onExpired: (resume) =>
      entered(() => {
        isOver = true
        end({ kind: 'expired', resume })
      }),
    onError: (error) =>
      entered(() => {
        isOver = true
        end({ kind: 'error', error })
      }),
  })
  isInside = false
  const follower: Follower = {
    tail,
    items,
    messages: () => items.map((item) => item.record.message),
    got: (count) =>
      new Promise((resolve) => {
        if (items.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    ended,
  }
  return follower
}

/** Repeats retention until nothing is left to do. */
export async function expireAll(
  queue: MessageQueue,
  options: { before: number; maxBytes: number },
): Promise<number> {
  let removed = 0
  for (;;) {
    const step = await queue.expire(options)
    removed += step.removed
    if (!step.more) return removed
  }
}

/** How often a property is tried; `FC_RUNS` multiplies. */
export function runs(count: number): { numRuns: number } {
  return { numRuns: count * Number(process.env.FC_RUNS ?? 1) }
}
