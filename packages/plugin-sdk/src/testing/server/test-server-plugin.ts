import type { PresenceAnswer, PresenceState } from '../../server/presence-provider.ts'
import type { ServerPlugin } from '../../server/server-plugin.ts'
import { importTesting } from '../import-testing.ts'
import {
  isVirtual,
  type ServerPluginStatus,
  type ServerTesting,
  type StartedServer,
  type VirtualClock,
} from './server-testing.ts'
import {
  codeOf,
  makeKeyPair,
  refusalOf,
  request,
  signInUser,
  type TestAnswer,
  type TestUser,
} from './test-user.ts'

export interface TestServerPluginOptions {
  /** Who has an account and an open session: `alice` and `bob` unless said otherwise. */
  readonly users?: readonly string[]
  /** Budget of each call, in milliseconds of the virtual clock; 250 unless set. */
  readonly timeoutMs?: number
  /** For chains: what a failure does; `refuse` unless set. */
  readonly onFailure?: 'refuse' | 'skip'
  /** Of the server, by the keys of `secure-chat.config.*`: `{ queueUrl: 'mine://…' }` for a driver. */
  readonly settings?: Readonly<Record<string, unknown>>
}

/** What became of a message. */
export type SendOutcome =
  | { readonly kind: 'stored'; readonly id: string }
  | {
      readonly kind: 'refused'
      readonly status: number
      /** `rejected_by_plugin`, `plugin_failed`, … */
      readonly code: string
      /** What a plugin rejected it with. */
      readonly reason: string | undefined
    }

/** One record of a mailbox. `message` is what was sent: the kit does not encrypt, and the server cannot tell. */
export interface ReceivedRecord {
  readonly id: string
  readonly type: string
  readonly sender: string
  readonly message: string
  readonly timestamp: string
  readonly meta?: Readonly<Record<string, string>>
}

/** A running server with one plugin. */
export interface ServerPluginTest {
  /** Of the server, for what the kit has no word for. */
  readonly url: string
  /** The server's and the plugin's time. */
  readonly clock: VirtualClock
  /** From alice to bob unless said otherwise (the first two of `users`). */
  send(
    message: string,
    options?: { readonly from?: string; readonly to?: string; readonly id?: string },
  ): Promise<SendOutcome>
  /** All of a mailbox, oldest first, without the server's own remarks (`SYSTEM`); bob's unless said otherwise. */
  received(name?: string): Promise<ReceivedRecord[]>
  /** How others see a user. */
  presence(name: string): Promise<PresenceAnswer>
  /** As the user sets it. */
  setPresence(name: string, state: PresenceState, text?: string): Promise<void>
  /** A call of the HTTP API or of the plugin's routes (`/plugins/<name>/…`), signed for the user; `as: null` has no session. */
  call(
    method: string,
    path: string,
    options?: { readonly as?: string | null; readonly body?: unknown },
  ): Promise<TestAnswer>
  /** Makes the account where there is none, and opens one more session. @throws Error with the server's refusal */
  signIn(name: string): Promise<void>
  /** Ends the session that `signIn` opened last. */
  signOut(name: string): Promise<void>
  /** What the plugin keeps, past its code. */
  readonly storage: {
    get(key: string): Promise<unknown>
    set(key: string, value: unknown): Promise<void>
    list(prefix?: string): Promise<Array<{ key: string; value: unknown }>>
  }
  /** What the server logged about this plugin, and the plugin itself; with an `event`, only lines of that one. */
  logs(event?: string): ReadonlyArray<Readonly<Record<string, unknown>>>
  /** As `GET /plugins` shows it: calls, failures, breakers. */
  status(): ServerPluginStatus
  /** Resolves when what nobody waits for (`on…` handlers) had its turn. */
  settle(): Promise<void>
  /** Closes plugin and server and removes what they kept. */
  close(): Promise<void>
}

/**
 * Starts a real server on the embedded engine, in a temporary folder and on a port of its own, with this plugin and
 * with users who are signed in. Time stands still until `clock.advance`: so does the budget of a handler that hangs.
 *
 * Needs `@secure-chat/server` among the plugin's dev dependencies.
 *
 * @param config of the operator; left out, none
 * @throws what stops the start, with the code of the failed step as `members.plugin_code`
 * @example
 * import { defineServerPlugin } from '@secure-chat/plugin-sdk/server'
 * import { testServerPlugin } from '@secure-chat/plugin-sdk/testing'
 *
 * const noCapitals = defineServerPlugin({
 *   name: 'no-capitals',
 *   apiVersion: 1,
 *   capabilities: ['transformEnvelope'],
 *   create: () => ({
 *     transformEnvelope: {
 *       types: ['CHAT_MESSAGE'],
 *       handler: ({ message }) =>
 *         message === message.toUpperCase() ? { kind: 'reject', reason: 'Not so loud.' } : { kind: 'pass' },
 *     },
 *   }),
 * })
 *
 * const chat = await testServerPlugin(noCapitals)
 * const sent = await chat.send('HELLO')
 * if (sent.kind !== 'refused' || sent.reason !== 'Not so loud.') throw new Error('It came through.')
 * await chat.close()
 */
export async function testServerPlugin<C>(
  plugin: ServerPlugin<C>,
  config?: unknown,
  { users = ['alice', 'bob'], settings = {}, ...entry }: TestServerPluginOptions = {},
): Promise<ServerPluginTest> {
  const name = '@secure-chat/server/testing'
  const { startTestServer } = await importTesting<ServerTesting>(name, 'startTestServer')
  const server = await startTestServer({
    clock: 'virtual',
    settings,
    plugins: [{ plugin, ...(config !== undefined && { config }), ...entry }],
  })
  try {
    return await openTest(server, plugin.name, users)
  } catch (error) {
    await server.close()
    throw error
  }
}

async function openTest(
  server: StartedServer,
  plugin: string,
  users: readonly string[],
): Promise<ServerPluginTest> {
  const { clock } = server
  if (!isVirtual(clock)) throw new Error('The server runs on another clock than it was asked for.')
  const keys = await makeKeyPair()
  const signedIn = new Map<string, TestUser>()
  const storage = server.engines.database.pluginStorage
  const [first = 'alice', second = 'bob'] = users

  async function signIn(name: string): Promise<void> {
    signedIn.set(name, await signInUser(server, name, keys))
  }
  function userOf(name: string): TestUser {
    const user = signedIn.get(name)
    if (user === undefined)
      throw new Error(`${name} is not signed in: await test.signIn('${name}')`)
    return user
  }
  async function ask(name: string, method: string, path: string, body?: unknown): Promise<object> {
    const answer = await userOf(name).call(method, path, body)
    if (answer.status !== 200) throw refusalOf(`${method} ${path}`, answer)
    return Object(answer.body)
  }

  for (const name of users) await signIn(name)
  return {
    url: server.url,
    clock,
    signIn,
    async signOut(name) {
      await ask(name, 'POST', '/chat/auth/logout')
      signedIn.delete(name)
    },
    async send(message, { from = first, to = second, id } = {}) {
      const body = { message, ...(id !== undefined && { id }) }
      const answer = await userOf(from).call('POST', `/chat/${to}`, body)
      return outcomeOf(answer)
    },
    async received(name = second) {
      const records: ReceivedRecord[] = []
      let after = ''
      for (;;) {
        const page = await ask(name, 'GET', `/chat/messages${after}`)
        records.push(...Reflect.get(page, 'messages'))
        after = `?after=${encodeURIComponent(Reflect.get(page, 'next'))}`
        if (!Reflect.get(page, 'more')) break
      }
      return records.filter(({ type }) => type !== 'SYSTEM')
    },
    async presence(name) {
      const page = await ask(first, 'GET', `/chat/users?prefix=${name}&limit=1`)
      const [found] = Reflect.get(page, 'users')
      if (found?.name !== name) throw new Error(`There is no user ${name}.`)
      const { state, text, last_seen: lastSeen } = found
      return { state, ...(text !== null && { text }), ...(lastSeen !== null && { lastSeen }) }
    },
    async setPresence(name, status, text) {
      await ask(name, 'POST', `/chat/presence/${name}`, {
        status,
        ...(text !== undefined && { text }),
      })
    },
    call: (method, path, { as = first, body } = {}) =>
      as === null
        ? request(`${server.url}${path}`, method, body)
        : userOf(as).call(method, path, body),
    storage: {
      get: (key) => storage.get(plugin, key, clock.now()),
      set: (key, value) => storage.set(plugin, key, value, undefined),
      list: (prefix = '') => storage.list(plugin, prefix, { limit: 1000, now: clock.now() }),
    },
    logs: (event) =>
      server.logLines
        .map((line): Record<string, unknown> => JSON.parse(line))
        .filter((line) => line.plugin === plugin && (event === undefined || line.event === event)),
    status() {
      const status = server.plugins.list().find((one) => one.name === plugin)
      if (status === undefined) throw new Error(`The server knows no plugin ${plugin}.`)
      return status
    },
    async settle() {
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    },
    close: () => server.close(),
  }
}

function outcomeOf(answer: TestAnswer): SendOutcome {
  const { status, body } = answer
  const fields: Record<string, unknown> = Object(body)
  if (status === 200) return { kind: 'stored', id: String(fields.id) }
  const code = codeOf(answer)
  if (code === undefined) throw refusalOf('The server gave no answer of its own', answer)
  const reason = typeof fields.reason === 'string' ? fields.reason : undefined
  return { kind: 'refused', status, code, reason }
}
