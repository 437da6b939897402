import { randomUUID } from 'node:crypto'
import type { PresenceAnswer, ServerContext } from '@secure-chat/plugin-sdk/server'
import { ChatError, limits, type QueueRecord, type UserName } from '@secure-chat/protocol'
import { userNamePattern } from '@secure-chat/protocol/user-name'
import type { PresenceView } from '../../domain/presence/presence-view.ts'
import type { Clock, Log, MessageQueue, PluginStore, UserStore } from '../../ports/index.ts'
import type { Lifetime } from './lifetime.ts'
import { makePluginLog } from './log.ts'
import { checkLimit, makePluginStorage } from './storage.ts'

/** What plugins reach of the server, once it is there. */
export interface ServerParts {
  readonly storage: PluginStore
  readonly users: Pick<UserStore, 'list'>
  readonly queue: Pick<MessageQueue, 'enqueue'>
  exists(name: UserName): Promise<boolean>
  /** Without the provider of this plugin, which may be the one that asks. */
  presenceOf(names: readonly UserName[], plugin: string): Promise<PresenceView[]>
  /** The record of a plugin is in the queue: for the others that watch. */
  sent(record: QueueRecord, to: UserName, plugin: string): void
}

const presenceMax = 1000

/** The `ctx` of one plugin. */
export function makeServerContext({
  plugin,
  declares,
  clock,
  log,
  lifetime,
  metrics,
  parts,
}: {
  readonly plugin: string
  readonly declares: readonly string[]
  readonly clock: Clock
  readonly log: Log
  readonly lifetime: Lifetime
  readonly metrics: ServerContext['metrics']
  /** @throws ChatError `plugin_error` until the server is there */
  readonly parts: () => ServerParts
}): ServerContext {
  return Object.freeze({
    log: makePluginLog({ plugin, log, clock }),
    metrics,
    clock: lifetime.clock,
    storage: makePluginStorage({ plugin, clock, lifetime, store: () => parts().storage }),
    users: {
      exists: (name: string) =>
        lifetime.guard('users', async () => {
          const user = nameOf(name)
          return user !== undefined && parts().exists(user)
        }),
      list: ({ after, limit = 100 }: { after?: string; limit?: number } = {}) =>
        lifetime.guard('users', async () =>
          parts().users.list({
            limit: checkLimit(limit),
            ...(after !== undefined && { after: String(after) }),
          }),
        ),
      presence: (names: readonly string[]) => lifetime.guard('users', () => presence(names)),
    },
    send: (record: { to: string; type: `x-${string}`; message: string }) =>
      lifetime.guard('send', () => send(record)),
    signal: lifetime.signal,
  })

  async function presence(names: readonly string[]): Promise<Record<string, PresenceAnswer>> {
    if (!Array.isArray(names) || names.length > presenceMax) {
      throw new ChatError('plugin_error', `users.presence takes up to ${presenceMax} names.`)
    }
    const { exists, presenceOf } = parts()
    const asked = [...new Set(names.map(nameOf))].filter((name) => name !== undefined)
    const isThere = await Promise.all(asked.map(exists))
    const known = asked.filter((_, index) => isThere[index])
    const views = await presenceOf(known, plugin)
    return Object.fromEntries(
      views.map(({ name, state, text, last_seen: lastSeen }) => [
        name,
        { state, ...(text !== null && { text }), ...(lastSeen !== null && { lastSeen }) },
      ]),
    )
  }

  async function send({ to, type, message }: { to: string; type: string; message: string }) {
    if (!declares.includes(type)) {
      throw new ChatError('plugin_error', `Plugin ${plugin} declares no record type ${type}.`)
    }
    if (typeof message !== 'string' || Buffer.byteLength(message) > limits.messageMaxBytes) {
      throw new ChatError(
        'plugin_error',
        `A message is a text of at most ${limits.messageMaxBytes / 1024} KiB.`,
      )
    }
    const { exists, queue, sent } = parts()
    const user = nameOf(to)
    if (user === undefined || !(await exists(user))) {
      throw new ChatError('no_such_user', `There is no user ${to}.`)
    }
    const record: QueueRecord = {
      id: randomUUID(),
      type,
      sender: 'system',
      message,
      timestamp: new Date(clock.now()).toISOString(),
    }
    await queue.enqueue(user, record)
    sent(record, user, plugin)
    return { id: record.id }
  }
}

function nameOf(text: unknown): UserName | undefined {
  return typeof text === 'string' && userNamePattern.test(text)
    ? (text.toLowerCase() as UserName)
    : undefined
}
