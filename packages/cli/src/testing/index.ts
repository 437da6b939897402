import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Account, openAccount, registerAccount } from '@secure-chat/client'
import type { ChatMessage, CliPlugin, PresenceState } from '@secure-chat/plugin-sdk/cli'
import { ChatError } from '@secure-chat/protocol/errors'
import { makeChatSession } from '../chat/chat-session.ts'
import { refusalOf } from '../errors/refusal.ts'
import { explainThrown } from '../errors/render.ts'
import { complaintAbout } from '../plugins/check-plugin.ts'
import { checkConflicts } from '../plugins/conflicts.ts'
import { extensionsOf } from '../plugins/extensions.ts'
import { chatMessage } from '../plugins/plugin-message.ts'
import { isRemark } from '../services/message-document.ts'
import { makeRecordingView, type ShownLine } from './recording-view.ts'

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
  readonly peer: {
    send(text: string): Promise<{ id: string }>
    sendKind(kind: `x-${string}`, body: unknown): Promise<{ id: string }>
    setPresence(state: PresenceState): Promise<void>
    /** What came to the peer, opened, oldest first. */
    received(): Promise<ChatMessage[]>
  }
  close(): Promise<void>
}

const password = 'plain sailing weather'

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
  const dir = await mkdtemp(join(tmpdir(), 'secure-chat-test-chat-'))
  const accounts: Account[] = []
  const closeAll = async () => {
    for (const account of accounts.splice(0)) account.close()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    for (const name of [me, peer]) accounts.push(await newAccount(server, dir, name))
    const [mine, theirs] = accounts
    if (mine === undefined || theirs === undefined) throw new Error('Two accounts were to be made.')
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

/** With a key of 2,048 bits: one as people have takes seconds to make. */
async function newAccount(server: string, folder: string, name: string): Promise<Account> {
  const options = { dir: join(folder, name), server, keyBits: 2048 }
  const made = await registerAccount(options, { name, password })
  if (made.problem !== undefined) throw made.problem
  return openAccount(options, { passphrase: password })
}

async function openChat({
  mine,
  theirs,
  peer,
  plugins,
  closeAll,
}: {
  readonly mine: Account
  readonly theirs: Account
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
  const said = async (draft: Parameters<Account['send']>[1]) => {
    const sent = await theirs.send(mine.me.name, draft)
    if (sent.state === 'refused') throw refusalOf(sent)
    return { id: sent.id }
  }
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
    peer: {
      send: (text) => said({ text }),
      sendKind: (kind, body) => said({ kind, body }),
      async setPresence(status) {
        const { callApi } = await import('../services/api.ts')
        const path = `/chat/presence/${peer}`
        const body = Buffer.from(JSON.stringify({ status }))
        const { failure: refusal } = await callApi(
          { method: 'POST', path, fields: [], body },
          theirs,
        )
        if (refusal) throw refusal
      },
      async received() {
        await theirs.sync()
        return theirs
          .messages({ with: mine.me.name, limit: 1000 })
          .filter((message) => message.direction === 'in' && !isRemark(message))
          .map(chatMessage)
      },
    },
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
