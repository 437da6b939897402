import type { ServerPlugin } from '../../server/server-plugin.ts'
import type { CliHalf } from '../cli/test-cli-plugin.ts'
import { checkCliPlugin } from './check-cli-plugin.ts'
import { checkServerPlugin } from './check-server-plugin.ts'
import { ConformanceError, makeFindings } from './findings.ts'
import { watchProcess } from './process-watch.ts'

export interface ConformanceOptions {
  /** Of the operator. */
  readonly config?: unknown
  /** Budget of each call, in milliseconds; unless set the host's: 250 of the server, 5,000 of the command line. */
  readonly timeoutMs?: number
  /** How long `create` and `close` (of the command line its hook) may take; the host's 10,000 unless set. */
  readonly patienceMs?: number
  /** How long after its end a plugin is watched; 500 unless set. */
  readonly graceMs?: number
  /** Of the server, as for `testServerPlugin`. */
  readonly settings?: Readonly<Record<string, unknown>>
}

/**
 * The checks that every plugin must pass, in a real server or chat: it is loaded and closed twice (over the same data),
 * each of its handlers gets the hostile corpus, users talk while it is at work. It must answer what the contract allows
 * within its budget, change nothing that it is given or that all code shares, leave no handle open, no rejection
 * untaken, call nothing after its end, and not flood its host. A package with both halves checks each. Routes, `run` of
 * slash commands and commands of oclif are not called: those only their author can test.
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
  plugin: ServerPlugin<C> | CliHalf,
  options: ConformanceOptions = {},
): Promise<void> {
  const findings = makeFindings()
  const isServer = isServerPlugin(plugin)
  const checks = {
    timeoutMs: isServer ? 250 : 5000,
    patienceMs: 10_000,
    graceMs: 500,
    settings: {},
    config: undefined,
    ...options,
    findings,
  }
  const stopWatching = watchProcess(findings)
  let name: string
  try {
    if (isServer) await checkServerPlugin(plugin, checks)
    name = isServer ? plugin.name : await checkCliPlugin(plugin, checks)
  } finally {
    stopWatching()
  }
  if (findings.all.length > 0) throw new ConformanceError(name, findings.all)
}

function isServerPlugin<C>(plugin: ServerPlugin<C> | CliHalf): plugin is ServerPlugin<C> {
  return typeof plugin === 'object' && 'create' in plugin
}
