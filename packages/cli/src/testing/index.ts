import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Account } from '@secure-chat/client'
import type { CliPlugin } from '@secure-chat/plugin-sdk/cli'
import { ChatError } from '@secure-chat/protocol/errors'
import { makeChatSession } from '../chat/chat-session.ts'
import { explainThrown } from '../errors/render.ts'
import { complaintAbout } from '../plugins/check-plugin.ts'
import { checkConflicts } from '../plugins/conflicts.ts'
import { extensionsOf } from '../plugins/extensions.ts'
import { makeRecordingView, type ShownLine } from './recording-view.ts'
import { makeScriptedPeer, type ScriptedPeer } from './scripted-peer.ts'
import { newAccount } from './test-account.ts'

export type TestChatOptions = {
  /** Of a running server. */
  readonly server: string
  readonly me: string
  readonly peer: string
  readonly plugins: readonly CliPlugin[]
}

/** An open chat of `me` with plugins at work, and `peer` at the other end, who has none. */
export type TestChat = {
  /** Enters a line, text or `/command`; resolves when what came of it is shown. */
  enter(line: string): Promise<void>
  /** Candidates of a slash command for a word. */
  complete(command: string, typed: string): readonly string[]
  readonly lines: readonly ShownLine[]
  readonly notices: readonly string[]
  readonly drafts: readonly string[]
  until(holds: () => boolean): Promise<void>
  readonly peer: ScriptedPeer
  close(): Promise<void>
}

/**
 * The chat of the program without its terminal: two new accounts on a server, end-to-end encrypted between them, in a
 * folder of their own that `close` removes.
 *
 * @throws ChatError plugin_error for what is no plugin, or two that claim the same name
 */
export async function startTestChat({
  server,
  me,
  peer,
  plugins,
}: TestChatOptions): Promise<TestChat> {
  checkPlugins(plugins)
  const folder = await mkdtemp(join(tmpdir(), 'secure-chat-test-chat-'))
  const opened: Array<{ close(): void }> = []
  const closeAll = async () => {
    for (const each of opened.splice(0)) each.close()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const mine = await newAccount({ server, folder, name: me })
    opened.push(mine)
    const theirs = await makeScriptedPeer({ server, folder, name: peer, me })
    opened.push(theirs)
    return await openChat({ mine, theirs, peer, plugins, closeAll })
  } catch (error) {
    await closeAll()
    throw error
  }
}

function checkPlugins(plugins: readonly CliPlugin[]): void {
  for (const plugin of plugins) {
    const complaint = complaintAbout(plugin)
    if (complaint !== undefined) {
      throw new ChatError('plugin_error', `The plugin cannot be used: ${complaint}.`)
    }
  }
  checkConflicts(plugins.map((plugin) => ({ packageName: plugin.name, plugin })))
}

async function openChat({
  mine,
  theirs,
  peer,
  plugins,
  closeAll,
}: {
  readonly mine: Account
  readonly theirs: ScriptedPeer
  readonly peer: string
  readonly plugins: readonly CliPlugin[]
  readonly closeAll: () => Promise<void>
}): Promise<TestChat> {
  const recording = makeRecordingView()
  const opened = Promise.withResolvers<void>()
  let failure: unknown
  const session = makeChatSession({
    account: mine,
    peer,
    view: recording.view,
    extensions: (place) => whenOpened(extensionsOf(plugins)(place), opened.resolve),
    colour: false,
    columns: 80,
    history: 0,
    explain: explainThrown,
    openEditor: async () => undefined,
    clear: () => undefined,
    ring: () => undefined,
    isRinging: false,
    patienceMs: 10_000,
    onEnd(error) {
      failure = error
      opened.reject(error ?? new Error('The chat was left.'))
    },
  })
  opened.promise.catch(() => undefined)
  session.start()
  await opened.promise
  return {
    lines: recording.lines,
    notices: recording.notices,
    drafts: recording.drafts,
    until: recording.until,
    async enter(line) {
      await session.enter(line)
      await recording.until(() => recording.pending === 0)
    },
    complete(name, typed) {
      const command = session.commands.find((one) => one.name === name)
      return command?.complete?.(typed) ?? []
    },
    peer: theirs,
    async close() {
      await session.finish()
      await closeAll()
      if (failure !== undefined) throw failure
    },
  }
}

type Extensions = ReturnType<ReturnType<typeof extensionsOf>>

/** Tells when the chat is on the screen, after the plugins have heard of it. */
function whenOpened(extensions: Extensions, tell: () => void): Extensions {
  return {
    ...extensions,
    chatWith(peer) {
      const { slashCommands, events } = extensions.chatWith(peer)
      const opened = () => {
        events.opened()
        tell()
      }
      return { slashCommands, events: { ...events, opened } }
    },
  }
}
