import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseUserName } from '@secure-chat/protocol'
import type { ServerPlugin } from '../../server/server-plugin.ts'
import { account } from '../drivers/user-rules/kit.ts'
import { importTesting } from '../import-testing.ts'
import type { ServerTesting, StartedServer } from '../server/server-testing.ts'
import { codeOf, makeKeyPair, signInUser, type TestUser } from '../server/test-user.ts'
import type { Checks } from './checks.ts'
import { driveServer, namesOfAccounts } from './drive-server.ts'
import { type Findings, wordsOf } from './findings.ts'
import { watchHandles } from './handle-watch.ts'
import { type ObservedPlugin, observe } from './observed-plugin.ts'

interface Run extends Checks {
  readonly plugin: ServerPlugin
  readonly startTestServer: ServerTesting['startTestServer']
}

/** Two lives over the same data; in the first every handler is driven and users talk. */
export async function checkServerPlugin(plugin: ServerPlugin, checks: Checks): Promise<void> {
  const name = '@secure-chat/server/testing'
  const { startTestServer } = await importTesting<ServerTesting>(name, 'startTestServer')
  const dataDir = await mkdtemp(join(tmpdir(), 'secure-chat-conformance-'))
  const settings = { ...checks.settings, dataDir }
  const run: Run = { ...checks, settings, plugin, startTestServer }
  const { findings, timeoutMs } = checks
  try {
    const isLoaded = await live(run, async (server, observed) => {
      const users = await signIn(server, findings)
      await makeAccounts(server)
      await driveServer(plugin, observed, { findings, budgetMs: timeoutMs })
      await exchange(server, users, findings)
    })
    if (isLoaded) await live(run, async () => undefined)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** One life of the plugin, from its load to some time after its end. False: it could not be loaded. */
async function live(
  run: Run,
  work: (server: StartedServer, observed: ObservedPlugin) => Promise<void>,
): Promise<boolean> {
  const { findings, patienceMs, config } = run
  const handles = watchHandles()
  const observed = observe(run.plugin, { findings, handles, patienceMs })
  try {
    const server = await handles.outside(() =>
      run.startTestServer({
        settings: run.settings,
        // Budgets are measured by the kit, which asks again who was late on a busy machine.
        plugins: [
          { plugin: observed.plugin, timeoutMs: 5000, ...(config !== undefined && { config }) },
        ],
      }),
    )
    try {
      await work(server, observed)
    } finally {
      await server.close()
    }
    return true
  } catch (error) {
    findings.add(`cannot be loaded: ${wordsOf(error)}`)
    return false
  } finally {
    await sleep(run.graceMs)
    for (const handle of handles.open())
      findings.add(`leaks a handle: ${handle} is open after its end`)
    handles.stop()
  }
}

/** Two users come. */
async function signIn(server: StartedServer, findings: Findings): Promise<readonly TestUser[]> {
  const keys = await makeKeyPair()
  const users: TestUser[] = []
  for (const name of ['alice', 'bob']) {
    try {
      users.push(await signInUser(server, name, keys))
    } catch (error) {
      // A plugin may choose its users by its own word.
      const words = wordsOf(error)
      if (!words.includes('rejected_by_plugin')) findings.add(`keeps users out: ${words}`)
      return []
    }
  }
  return users
}

/** Past the plugin, which may choose its users: whom a handler hears of has an account on any server, so that `ctx.send` reaches them. */
async function makeAccounts({ engines }: StartedServer): Promise<void> {
  for (const name of namesOfAccounts)
    await engines.database.users.create(account(parseUserName(name)))
}

/** The two talk. What a plugin refuses by its own word is its right. */
async function exchange(
  server: StartedServer,
  users: readonly TestUser[],
  findings: Findings,
): Promise<void> {
  for (const [at, user] of users.entries()) {
    const other = users[1 - at]?.name
    const answer = await user.call('POST', `/chat/${other}`, { message: 'hello' })
    if (answer.status === 200 || codeOf(answer) === 'rejected_by_plugin') continue
    const hooks = server.plugins.list().flatMap((one) => one.hooks)
    const failure = hooks.find((hook) => hook.last_failure !== null)?.last_failure
    findings.add(
      `makes a message fail with ${answer.status}: ${failure?.text ?? JSON.stringify(answer.body)}`,
    )
  }
}
