import type { Writable } from 'node:stream'
import { ChatError, type Cursor, type ErrorCode, limits } from '@secure-chat/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { Log, MessageQueue, QueuePage } from '../../ports/index.ts'
import type { Contacts } from '../mailboxes/contacts.ts'
import type { Presence } from '../presence/presence.ts'
import type { PresenceView } from '../presence/presence-view.ts'
import type { AuthenticatedSession, Sessions } from '../sessions/sessions.ts'
import type { LiveConnection, LiveConnections } from './live-connections.ts'
import { makeStreamConnection, type StreamConnection } from './stream-connection.ts'
import { presenceText, readyText } from './stream-events.ts'
import { makeStreamOutput } from './stream-output.ts'

export interface StreamRequest {
  readonly session: AuthenticatedSession
  /** From now on when left out. */
  readonly after: Cursor | undefined
  /** Writes the head of the answer and tells where events go; called once, when nothing can be refused any more. */
  begin(): Writable
}

/** The live streams of this node. */
export interface MailboxStreams {
  /**
   * Resolves when the stream is open; it goes on by itself until the client, the session or the server ends it.
   * Throws before `begin`: `bad_cursor`, `cursor_expired` (member `resume`), `rate_limited`, `shutting_down`,
   * `queue_unavailable`, and the code of a session that ended meanwhile.
   */
  open(request: StreamRequest): Promise<void>
  /** To be run every second: comments, and signs of life of who has a stream. */
  beat(): void
  readonly size: number
}

/** A member of the registry before its stream is open has nothing to be written to yet. */
export type StreamMember = LiveConnection &
  Partial<Pick<StreamConnection, 'slot' | 'push' | 'beat'>>

const slots = limits.streamCommentMs / 1000
interface Start {
  readonly cursor: Cursor
  readonly page: QueuePage | undefined
}

const firstPage = { limit: 200, maxBytes: 256 * 1024 }

export function makeMailboxStreams({
  queue,
  clock,
  connections,
  sessions,
  presence,
  contacts,
  log,
  random,
  openPerUserMax,
}: {
  readonly queue: MessageQueue
  readonly clock: Clock
  readonly connections: LiveConnections<StreamMember>
  /** An open stream keeps its session used. */
  readonly sessions: Pick<Sessions, 'hold'>
  readonly presence: Presence
  readonly contacts: Contacts
  readonly log: Log
  /** 0 to 1, for delays that differ. */
  readonly random: () => number
  /** Open calls of one user on this node: streams and long polls. */
  readonly openPerUserMax: number
}): MailboxStreams {
  let opened = 0
  let second = 0
  const retryMs = () => 1000 + 4000 * random()

  async function startOf({ session: { user }, after }: StreamRequest): Promise<Start> {
    if (after === undefined) return { cursor: await queue.end(user), page: undefined }
    // Before the head of the answer is out a wrong cursor can still be refused.
    return { cursor: after, page: await queue.read(user, { after, ...firstPage }) }
  }

  /**
   * Reads where the stream begins. It stands in the registry meanwhile, so that the end of its session is noticed:
   * between this and the stream itself there is no await.
   */
  async function begun(request: StreamRequest): Promise<Start> {
    let ended: ErrorCode | undefined
    const member: StreamMember = {
      user: request.session.user,
      sidHash: request.session.sidHash,
      onSessionEnded: (code) => {
        ended = code
      },
      onShutdown: () => {
        ended = 'shutting_down'
      },
    }
    connections.add(member)
    try {
      const start = await startOf(request)
      if (ended !== undefined) throw new ChatError(ended)
      return start
    } finally {
      connections.remove(member)
    }
  }

  async function open(request: StreamRequest): Promise<void> {
    const { user, sidHash } = request.session
    if (connections.countOf(user) >= openPerUserMax) throw tooMany(openPerUserMax)
    const start = await begun(request)
    const writable = request.begin()
    if (writable.destroyed) return
    const stream = makeStreamConnection({
      user,
      sidHash,
      slot: opened++ % slots,
      queue,
      output: makeStreamOutput({ writable, clock }),
      clock,
      log,
      retryMs,
    })
    connections.add(stream)
    const release = sessions.hold(request.session)
    writable.once('close', () => {
      release()
      stream.close()
      connections.remove(stream)
      presence.sign(user)
    })
    presence.sign(user)
    stream.push(readyText(start.cursor, clock.now()))
    void stream.start(start.cursor, start.page)
  }

  presence.onChanged((view) => {
    if (connections.size === 0) return
    tellContacts(view).catch((error: unknown) =>
      log.warn({ err: error }, 'a change of presence could not be passed on'),
    )
  })

  /** Pairs are kept in both directions, so no stream needs to remember whom it watches. */
  async function tellContacts(view: PresenceView): Promise<void> {
    const text = presenceText(view)
    for (const name of await contacts.list(view.name)) {
      for (const connection of connections.ofUser(name)) connection.push?.(text)
    }
  }

  return {
    open,
    beat() {
      second = (second + 1) % slots
      for (const connection of connections.all()) {
        if (connection.slot !== second) continue
        connection.beat?.()
        presence.sign(connection.user)
      }
    },
    get size() {
      return connections.size
    },
  }
}

function tooMany(openPerUserMax: number): ChatError {
  return new ChatError(
    'rate_limited',
    `You have ${openPerUserMax} streams and waiting calls open. Close one before opening another.`,
    { retryAfterS: 15 },
  )
}
