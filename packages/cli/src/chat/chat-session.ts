/** One open chat, apart from the terminal it is shown on: start, what is entered, what comes, the end. */
import type { Account, LiveEvent } from '@secure-chat/client'
import { isChatError } from '@secure-chat/protocol/errors'
import { printable } from '@secure-chat/protocol/printable'
import type { ExtensionsFor } from './chat-options.ts'
import { makeLiveFeed } from './live-feed.ts'
import { makePeerTrust } from './peer-trust.ts'
import { makeSender, type SendOutcome } from './sender.ts'
import { shownMessages } from './shown-messages.ts'
import { ownCommands, type SlashCommand } from './slash/commands.ts'
import { makeSlashContext } from './slash/context.ts'
import { parseEntered } from './slash/parse.ts'
import { makeTranscript } from './transcript.ts'
import type { ChatView } from './view/chat-view.ts'

export type ChatSessionOptions = {
  readonly account: Account
  readonly peer: string
  readonly view: ChatView
  readonly extensions: ExtensionsFor
  /** For what plugins render. */
  readonly colour: boolean
  readonly columns: number
  readonly history: number
  readonly explain: (error: unknown) => string
  readonly openEditor: (text: string) => Promise<string | undefined>
  readonly clear: () => void
  readonly ring: () => void
  readonly isRinging: boolean
  /** How long the end waits for what is being sent; later it is in the outbox. */
  readonly patienceMs: number
  /** Called when the chat ends: by `/quit`, or because the session ended on the server. */
  readonly onEnd: (error?: unknown) => void
}

export type ChatSession = {
  readonly commands: readonly SlashCommand[]
  start(): void
  enter(line: string): Promise<void>
  /** Everything said is sent or kept; the live connection is closed. */
  finish(): Promise<SendOutcome>
}

/** A slow server must not keep the history from the reader; what is missing comes live. */
const catchUpMs = 2_000

export function makeChatSession(options: ChatSessionOptions): ChatSession {
  const { account, peer, view, explain } = options
  const extensions = options.extensions({ ...options, notice: view.notice })
  const { slashCommands, events } = extensions.chatWith(peer)
  const commands = [...ownCommands, ...slashCommands]
  const transcript = makeTranscript(view, extensions.render)
  const peerTrust = makePeerTrust({ account, peer, view, monotonic: () => performance.now() })
  const stopping = new AbortController()
  let isRinging = options.isRinging
  let running: Promise<void> = Promise.resolve()

  const sender = makeSender({
    account,
    peer,
    view,
    transcript,
    transform: (text) => extensions.outgoing(text, peer),
    explain,
  })
  const feed = makeLiveFeed({
    account,
    peer,
    view,
    transcript,
    transform: extensions.incoming,
    afterSending: (show) => sender.afterSending(() => show().catch(tell)),
    onIncoming: () => (isRinging ? options.ring() : undefined),
    onMessage: () => void peerTrust.onSignOfLife().catch(tell),
    isSaid: peerTrust.isSaid,
    onPresence(state, text) {
      peerTrust.onPresence(state, text)
      events.presence({ name: peer, state })
    },
    onKeyChanged: (proved) => events.keyChanged({ name: peer, proved }),
  })
  const context = makeSlashContext({
    account,
    peer,
    view,
    peerTrust,
    extensions,
    commands,
    say: sender.say,
    openEditor: options.openEditor,
    clear: options.clear,
    setRinging: (value) => {
      isRinging = value
    },
    quit: () => options.onEnd(),
  })

  const run = async () => {
    try {
      await catchUp()
      // Opened before the history is read, so that nothing another process keeps meanwhile falls between.
      const live = account.live({ signal: stopping.signal })
      await showHistory()
      events.opened()
      await Promise.all([greet(), follow(live)])
    } catch (error) {
      if (!stopping.signal.aborted) options.onEnd(error)
    }
  }

  const runCommand = async (name: string, rest: string) => {
    const command = commands.find((candidate) => candidate.name === name)
    if (!command) {
      view.notice(`There is no /${printable(name)}; nothing was sent. /help lists the commands.`)
      return
    }
    try {
      await command.run(rest, context)
    } catch (error) {
      view.notice(explain(error), 'warning')
    }
  }

  return {
    commands,
    start() {
      running = run()
    },
    async enter(line) {
      const entered = parseEntered(line)
      if (entered.kind === 'text') sender.say(entered.text)
      else await runCommand(entered.name, entered.rest)
    },
    async finish() {
      events.closed()
      const outcome = await sender.settle(options.patienceMs)
      stopping.abort()
      await running
      return outcome
    },
  }

  /** What came while nobody looked belongs into the history, under the unread mark. */
  async function catchUp(): Promise<void> {
    try {
      const soon = AbortSignal.any([stopping.signal, AbortSignal.timeout(catchUpMs)])
      await account.sync({ signal: soon })
    } catch (error) {
      tell(error)
    }
  }

  async function showHistory(): Promise<void> {
    const messages = account.messages({ with: peer, limit: options.history })
    transcript.showHistory(await shownMessages(messages, extensions))
    account.markRead(peer)
  }

  function greet(): Promise<void> {
    return peerTrust.show(false).catch(tell)
  }

  /** What is missing for a remark is no reason to end the chat; being offline is said by the live connection. */
  function tell(error: unknown): void {
    if (isOffline(error) || stopping.signal.aborted) return
    view.notice(explain(error), 'warning')
  }

  async function follow(live: AsyncIterable<LiveEvent>): Promise<void> {
    for await (const event of live) await feed(event)
  }
}

function isOffline(error: unknown): boolean {
  if (isChatError(error)) return error.exit === 3
  return error instanceof DOMException && ['TimeoutError', 'AbortError'].includes(error.name)
}
