import { setTimeout as sleep } from 'node:timers/promises'
import type { CliPlugin } from '../../cli/cli-plugin.ts'
import { type CliHalf, cliPluginOf, testCliPlugin } from '../cli/test-cli-plugin.ts'
import type { Checks } from './checks.ts'
import { driveCli } from './drive-cli.ts'
import { type Findings, wordsOf } from './findings.ts'
import { watchHandles } from './handle-watch.ts'
import { insideAll } from './inside-all.ts'
import { timedCall } from './timed-call.ts'

/** Two chats; before the first every handler is driven. @returns the plugin's name, for the report */
export async function checkCliPlugin(half: CliHalf, checks: Checks): Promise<string> {
  const first = await live(half, checks, (plugin) =>
    driveCli(plugin, { findings: checks.findings, budgetMs: checks.timeoutMs }),
  )
  if (first === undefined) return 'of the command line'
  await live(half, checks, async () => undefined)
  return first
}

/** From the hook to some time after the end of a chat. Undefined: it could not be loaded. */
async function live(
  half: CliHalf,
  { findings, patienceMs, graceMs }: Checks,
  work: (plugin: CliPlugin) => Promise<void>,
): Promise<string | undefined> {
  const handles = watchHandles()
  try {
    const collected = await timedCall(patienceMs, () => handles.inside(() => cliPluginOf(half)))
    if (collected.kind !== 'answered') {
      findings.add(`cannot be loaded: its chat:extend hook ${collected.complaint}`)
      return undefined
    }
    // What it is, the program checks when the chat opens.
    const plugin = withEndsHeard(
      insideAll(Object(collected.answer) as CliPlugin, handles),
      findings,
    )
    const chat = await handles.outside(() => testCliPlugin(plugin))
    try {
      await work(plugin)
      await chat.enter('hello')
      await chat.peer.send('hello')
      if (chat.drafts.length > 0)
        findings.add(`keeps "hello" from being sent: ${chat.notices.at(-1)}`)
    } finally {
      await chat.close()
    }
    return plugin.name
  } catch (error) {
    findings.add(`cannot be loaded: ${wordsOf(error)}`)
    return undefined
  } finally {
    await sleep(graceMs)
    for (const handle of handles.open())
      findings.add(`leaks a handle: ${handle} is open after its end`)
    handles.stop()
  }
}

/** What `on.opened` and `on.closed` throw, a chat shows and goes on. The other events are driven. */
function withEndsHeard(plugin: CliPlugin, findings: Findings): CliPlugin {
  if (typeof plugin.on !== 'object' || plugin.on === null) return plugin
  const on: NonNullable<CliPlugin['on']> = { ...plugin.on }
  for (const event of ['opened', 'closed'] as const) {
    const handler: unknown = on[event]
    if (typeof handler !== 'function') continue
    const failed = (thrown: unknown) =>
      findings.add(`fails in on.${event}, which threw ${wordsOf(thrown)}`)
    on[event] = (chat) => {
      try {
        const answer: unknown = Reflect.apply(handler, undefined, [chat])
        Promise.resolve(answer).catch(failed)
      } catch (thrown) {
        failed(thrown)
      }
    }
  }
  return { ...plugin, on }
}
