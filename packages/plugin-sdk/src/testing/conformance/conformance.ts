import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerPlugin } from '../../server/server-plugin.ts'
import { importTesting } from '../import-testing.ts'
import type { ServerTesting, StartedServer } from '../server/server-testing.ts'
import { codeOf, makeKeyPair, signInUser } from '../server/test-user.ts'
import { driveServer } from './drive-server.ts'
import { ConformanceError, type Findings, makeFindings, wordsOf } from './findings.ts'
import { watchHandles } from './handle-watch.ts'
import { type ObservedPlugin, observe } from './observed-plugin.ts'
import { watchProcess } from './process-watch.ts'

export interface ConformanceOptions {
  /** Of the operator. */
  readonly config?: unknown
  /** Budget of each call, in milliseconds; the server's 250 unless set. */
  readonly timeoutMs?: number
  /** How long `create` and `close` may take; the server's 10,000 unless set. */
  readonly patienceMs?: number
  /** How long after its end a plugin is watched; 500 unless set. */
  readonly graceMs?: number
  /** Of the server, as for `testServerPlugin`. */
  readonly settings?: Readonly<Record<string, unknown>>
}

interface Run extends Required<Omit<ConformanceOptions, 'config' | 'settings'>> {
  readonly plugin: ServerPlugin
  readonly config: unknown
  readonly settings: Readonly<Record<string, unknown>>
  readonly findings: Findings
  readonly startTestServer: ServerTesting['startTestServer']
}

/**
 * The checks that every server plugin must pass, in a real server: it is loaded and closed twice over the same data,
 * each of its handlers gets the hostile corpus, users talk while it is at work. It must answer what the contract
 * allows within its budget, change nothing that it is given or that all code shares, leave no handle open, no rejection
 * untaken, call nothing after its end, and not flood the server.
 *
 * Time is real. One at a time in a process: meanwhile it takes all unhandled rejections for the plugin's. Code that
 * never gives the thread back cannot be ended: the test run hangs.
 *
 * @throws ConformanceError with a sentence for each thing that is wrong
 * @example
 * import { defineServerPlugin } from '@secure-chat/plugin-sdk/server'
 * import { conformance } from '@secure-chat/plugin-sdk/testing'
 *
 * const greeter = defineServerPlugin({
 *   name: 'greeter',
 *   apiVersion: 1,
 *   capabilities: ['onSignedIn'],
 *   create: ({ log }) => ({ onSignedIn: ({ name }) => log.info({ name }, 'hello') }),
 * })
 *
 * await conformance(greeter)
 */
export async function conformance<C>(
  plugin: ServerPlugin<C>,
  options: ConformanceOptions = {},
): Promise<void> {
  const name = '@secure-chat/server/testing'
  const { startTestServer } = await importTesting<ServerTesting>(name, 'startTestServer')
  const findings = makeFindings()
  const dataDir = await mkdtemp(join(tmpdir(), 'secure-chat-conformance-'))
  const run: Run = {
    timeoutMs: 250,
    patienceMs: 10_000,
    graceMs: 500,
    ...options,
    plugin,
    config: options.config,
    settings: { ...options.settings, dataDir },
    findings,
    startTestServer,
  }
  const stopWatching = watchProcess(findings)
  try {
    const isLoaded = await live(run, async (server, observed) => {
      await driveServer(plugin, observed, { findings, budgetMs: run.timeoutMs })
      await exchange(server, findings)
    })
    if (isLoaded) await live(run, async () => undefined)
  } finally {
    stopWatching()
    await rm(dataDir, { recursive: true, force: true })
  }
  if (findings.all.length > 0) throw new ConformanceError(plugin.name, findings.all)
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

/** Two users talk. What a plugin refuses by its own word is its right. */
async function exchange(server: StartedServer, findings: Findings): Promise<void> {
  const keys = await makeKeyPair()
  const users = []
  for (const name of ['alice', 'bob']) {
    try {
      users.push(await signInUser(server, name, keys))
    } catch (error) {
      // A plugin may choose its users by its own word.
      const words = wordsOf(error)
      if (!words.includes('rejected_by_plugin')) findings.add(`keeps users out: ${words}`)
      return
    }
  }
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
