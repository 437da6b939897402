import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type {
  Capability,
  Contributions,
  ServerContext,
  ServerPlugin,
} from '@secure-chat/plugin-sdk/server'
import {
  type ChatError,
  isChatError,
  parseUserName,
  type QueueRecord,
  type UserName,
} from '@secure-chat/protocol'
import type { PluginEntryValue } from '../../../src/plugins/index.ts'
import { startTestServer, type TestServer, type VirtualClock } from '../../../src/testing.ts'

/** A server with plugins as values, standing still in time, spoken to past HTTP. */
export interface PluginServer {
  readonly server: TestServer<VirtualClock>
  readonly clock: VirtualClock
  addUser(name: string): Promise<UserName>
  send(message: string, o?: { from?: string; to?: string; requestId?: string }): Promise<unknown>
  mailbox(name: string): Promise<QueueRecord[]>
  /** Log lines with this event. */
  logged(event: string): Array<Record<string, unknown>>
  /** A turn or two of the event loop: what nobody waits for has happened. */
  settle(): Promise<void>
  close(): Promise<void>
}

/** With alice and bob. */
export async function startWith(
  plugins: ReadonlyArray<ServerPlugin | PluginEntryValue>,
  settings: Record<string, unknown> = {},
): Promise<PluginServer> {
  const server = await startTestServer({
    clock: 'virtual',
    settings,
    plugins: plugins.map((one) => ('create' in one ? { plugin: one as ServerPlugin } : one)),
  })
  const { services, engines, clock } = server

  async function addUser(name: string): Promise<UserName> {
    const user = parseUserName(name)
    await engines.database.users.create({
      name: user,
      passwordHash: 'none',
      publicKey: `PEM of ${name}`,
      fingerprint: createHash('sha256').update(name).digest('hex') as never,
      createdAt: clock.now(),
    })
    await engines.queue.createMailbox(user)
    return user
  }

  await addUser('alice')
  await addUser('bob')
  return {
    server,
    clock,
    addUser,
    send: (message, { from = 'alice', to = 'bob', requestId = randomUUID() } = {}) =>
      services.sendMessage({
        sender: parseUserName(from),
        recipient: parseUserName(to),
        message,
        id: undefined,
        toKey: undefined,
        proof: {
          sid: randomBytes(16).toString('base64url'),
          nonce: randomBytes(12).toString('base64url'),
        },
        requestId,
      }),
    async mailbox(name) {
      const { items } = await engines.queue.read(parseUserName(name), { limit: 1000 })
      return items.map(({ record }) => record)
    },
    logged: (event) =>
      server.logLines
        .map((line): Record<string, unknown> => JSON.parse(line))
        .filter((line) => line.event === event),
    async settle() {
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    },
    close: server.close,
  }
}

/** A plugin that contributes this and declares just that. */
export function pluginOf(
  name: string,
  contributions: Contributions | ((ctx: ServerContext) => Contributions),
  more: Partial<ServerPlugin> & { capabilities?: readonly Capability[] } = {},
): ServerPlugin {
  const make = typeof contributions === 'function' ? contributions : () => contributions
  const keys = typeof contributions === 'function' ? [] : Object.keys(contributions)
  return {
    name,
    apiVersion: 1,
    capabilities: keys.filter((key): key is Capability => key !== 'close'),
    create: make,
    ...more,
  }
}

/** A transform of chat messages. */
export function transform(
  handler: NonNullable<Contributions['transformEnvelope']>['handler'],
  band?: 'early' | 'normal' | 'late',
): Contributions {
  return { transformEnvelope: { types: ['CHAT_MESSAGE'], handler, ...(band && { band }) } }
}

/** What a call is refused with. */
export async function refusal(call: Promise<unknown>): Promise<ChatError> {
  const outcome = await call.then(
    () => 'resolved',
    (error: unknown) => error,
  )
  if (isChatError(outcome)) return outcome
  throw outcome
}

/** A promise that others settle, and whether it was asked for. */
export function never(): Promise<never> {
  return new Promise(() => undefined)
}

/** The start is stopped by this step of the checklist. */
export async function expectFault(started: Promise<PluginServer>, code: string): Promise<void> {
  const outcome = await started.then(
    async (running) => {
      await running.close()
      return 'started'
    },
    (error: unknown) => error,
  )
  if (!isChatError(outcome, 'config_invalid') || outcome.members.plugin_code !== code) throw outcome
}
