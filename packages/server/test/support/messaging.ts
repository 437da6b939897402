import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Fingerprint,
  isChatError,
  parseUserName,
  type QueueRecord,
  type UserName,
} from '@secure-chat/protocol'
import { makeSessionEvents, type SessionEvents } from '../../src/domain/sessions/session-events.ts'
import { openSqliteDatabase, openSqliteQueue } from '../../src/drivers/sqlite/index.ts'
import {
  buildMessaging,
  type MessagingDeps,
  type MessagingServices,
} from '../../src/messaging-services.ts'
import type { Log, MessageQueue, UserDatabase } from '../../src/ports/index.ts'
import { makeVirtualClock, type VirtualClock } from '../../src/virtual-clock.ts'

const startOfTests = Date.parse('2026-11-23T18:00:00.000Z')

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

export const openLimits = {
  rateLimit: 'off',
  limitMessagesPerMinute: 600,
  limitMessagesPerMinuteToOne: 120,
  limitMessagesBurst: 600,
  limitExchangesPerHour: 60,
  retentionDays: 30,
  retentionBytes: 2 ** 30,
} as const

interface Node extends MessagingServices {
  /** One round of what the server repeats every second. */
  tick(): Promise<void>
  /** What a server does first on its way down. */
  drain(): void
}

export interface Messaging extends Node {
  readonly clock: VirtualClock
  readonly queue: MessageQueue
  readonly database: UserDatabase
  readonly sessionEvents: SessionEvents
  /** A user with a mailbox; the name is parsed. */
  addUser(name: string): Promise<{ name: UserName; fingerprint: Fingerprint }>
  /** Another node on the same engines. */
  otherNode(changes?: Partial<MessagingDeps>): Node
  close(): Promise<void>
}

/** The messaging rules on the real embedded engines, in a folder of their own; only time is faked. */
export async function openMessaging(
  changes: Partial<MessagingDeps> & { wrapQueue?: (queue: MessageQueue) => MessageQueue } = {},
): Promise<Messaging> {
  const { wrapQueue = (queue: MessageQueue) => queue, ...overrides } = changes
  const dir = await mkdtemp(join(tmpdir(), 'secure-chat-messaging-'))
  const clock = makeVirtualClock(startOfTests)
  const database = await openSqliteDatabase({ dir, clock })
  const engine = await openSqliteQueue({ dir, clock })
  const queue = wrapQueue(engine)
  const sessionEvents = makeSessionEvents()
  const node = (more: Partial<MessagingDeps> = {}) => {
    const messaging = buildMessaging({
      settings: openLimits,
      database,
      queue,
      clock,
      log: silent,
      sessionEvents,
      sessions: { hold: () => () => {} },
      ...more,
    })
    const works: Array<(closing: AbortSignal) => Promise<unknown>> = []
    messaging.start({ repeat: (_name, _everyMs, work) => void works.push(work), async close() {} })
    const tick = async () => {
      for (const work of works) await work(new AbortController().signal)
    }
    return { ...messaging.services, tick, drain: messaging.drain }
  }
  return {
    ...node(overrides),
    clock,
    queue,
    database,
    sessionEvents,
    otherNode: node,
    async addUser(name) {
      const user = parseUserName(name)
      const fingerprint = someFingerprint()
      await database.users.create({
        name: user,
        passwordHash: 'none',
        publicKey: `PEM of ${name}`,
        fingerprint,
        createdAt: clock.now(),
      })
      await queue.createMailbox(user)
      return { name: user, fingerprint }
    },
    async close() {
      await engine.close()
      await database.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

export function someFingerprint(): Fingerprint {
  return createHash('sha256').update(randomBytes(16)).digest('hex') as Fingerprint
}

/** Of the form of a key exchange, for this key. */
export function exchangeFor(kid: string, size = 64): string {
  const header = JSON.stringify({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWS', kid })
  const parts = [
    Buffer.from(header),
    randomBytes(256),
    randomBytes(12),
    randomBytes(size),
    randomBytes(16),
  ]
  return parts.map((part) => part.toString('base64url')).join('.')
}

export function someProof(): { sid: string; nonce: string } {
  return {
    sid: randomBytes(16).toString('base64url'),
    nonce: randomBytes(12).toString('base64url'),
  }
}

/** The code a call is refused with; fails when it is not refused, or without a code. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  const outcome = await call.then(
    () => 'resolved',
    (error: unknown) => error,
  )
  if (isChatError(outcome)) return outcome.code
  throw outcome
}

/** All records of a mailbox. */
export async function readAll(queue: MessageQueue, user: UserName): Promise<QueueRecord[]> {
  const { items } = await queue.read(user, { limit: 100_000, maxBytes: 2 ** 30 })
  return items.map(({ record }) => record)
}
