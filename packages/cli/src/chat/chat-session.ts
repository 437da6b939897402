/** One open chat, apart from the terminal it is shown on: start, what is entered, what comes, the end. */
import type { Account, StoredMessage } from '@secure-chat/client'
import { endpoints } from '@secure-chat/protocol'
import { isChatError } from '@secure-chat/protocol/errors'
import { printable } from '@secure-chat/protocol/printable'
import { makeLiveFeed } from './live-feed.ts'
import { makeSender, type SendOutcome } from './sender.ts'
import { ownCommands, type SlashCommand, type SlashContext } from './slash/commands.ts'
import { parseEntered } from './slash/parse.ts'
import { makeTranscript } from './transcript.ts'
import type { ChatView } from './view/chat-view.ts'

export type ChatExtensions = {
  readonly outgoing: (text: string) => Promise<string>
  readonly incoming: (message: StoredMessage) => Promise<StoredMessage | undefined>
  readonly render: (message: StoredMessage) => string | undefined
  readonly slashCommands: readonly SlashCommand[]
}

export type ChatSessionOptions = {
  readonly account: Account
  readonly peer: string
  readonly view: ChatView
  readonly extensions: ChatExtensions
  readonly history: number
  readonly explain: (error: unknown) => string
  readonly openEditor: (text: string) => Promise<string | undefined>
  readonly clear: () => void
  readonly ring: () => void
  readonly isRinging: boolean
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
  const { account, peer, view, extensions } = options
  const commands = [...ownCommands, ...extensions.slashCommands]
  const transcript = makeTranscript(view, extensions.render)
  const stopping = new AbortController()
  let isRinging = options.isRinging
  let live: Promise<void> = Promise.resolve()

  const sender = makeSender({
    account,
    peer,
    view,
    transcript,
    transform: extensions.outgoing,
    explain: options.explain,
  })
  const feed = makeLiveFeed({
    account,
    peer,
    view,
    transcript,
    transform: extensions.incoming,
    onIncoming: () => (isRinging ? options.ring() : undefined),
    onPresence: (state, text) => view.notice(`${peer} is ${presenceText(state, text)}`),
  })

  const follow = async () => {
    try {
      for await (const event of account.live({ signal: stopping.signal })) await feed(event)
    } catch (error) {
      if (!stopping.signal.aborted) options.onEnd(error)
    }
  }

  const showHistory = async (messages: readonly StoredMessage[]) => {
    const shown = await Promise.all(messages.map(extensions.incoming))
    transcript.showHistory(shown.filter((message) => message !== undefined))
  }

  /** Lines shown again look as they did, without touching what the live part has shown. */
  const repeat = (messages: readonly StoredMessage[], none: string) => {
    if (messages.length === 0) return view.notice(none)
    makeTranscript({ ...view, mark: () => undefined }, extensions.render).showHistory(
      messages.map((message) => ({ ...message, unread: false })),
    )
    view.rule('end')
  }

  /** Trust and presence in words; everything that is known of them when `isFull`. */
  const showPeer = async (isFull: boolean) => {
    const { users } = await account.api.call(endpoints.listUsers, {
      query: { prefix: peer, limit: 1 },
    })
    const them = users.find(({ name }) => name === peer)
    const key = await account.trust.show(peer)
    const presence = presenceText(them?.state ?? 'offline', them?.text ?? null)
    const more = isFull ? `\nfingerprint ${key.fingerprint}` : ''
    view.notice(`${peer} [${key.trust}] ${presence}${more}`)
  }

  const verify = async (argument: string) => {
    const number = await account.trust.safetyNumber(peer)
    const typed = argument.replace(/\s/g, '')
    if (typed === '') {
      view.notice(
        `Safety number of you and ${peer}:\n${groups(number)}\nCompare it with theirs over another way (a call, in person), then type /verify NUMBER.`,
      )
    } else if (typed === number) {
      await account.trust.verify(peer)
      view.notice(`The numbers are the same: ${peer} is verified.`)
    } else {
      view.notice(
        `The numbers differ. Either one was mistyped, or somebody stands between you and ${peer}: do not send secrets.`,
        'warning',
      )
    }
  }

  const context: SlashContext = {
    quit: () => options.onEnd(),
    who: () => showPeer(true),
    history: (limit) =>
      repeat(account.messages({ with: peer, limit }), 'There is no history with them yet.'),
    search: (text) =>
      repeat(
        account.messages({ with: peer, search: text, limit: 100 }),
        `No line contains "${printable(text)}".`,
      ),
    verify,
    async trust() {
      await account.trust.accept(peer)
      view.notice(
        `Their present key is accepted. Compare safety numbers with /verify when you can.`,
      )
    },
    async presence(state, text) {
      await account.api.call(endpoints.setPresence, {
        params: { username: account.me.name },
        body: text === '' ? { status: state } : { status: state, text },
      })
      view.notice(`you are ${presenceText(state, text === '' ? null : text)}`)
    },
    say: (text) => sender.say(text),
    async edit(text) {
      const written = await options.openEditor(text)
      if (written !== undefined) view.returnDraft(written)
    },
    setNotify(value) {
      isRinging = value === 'on'
      view.notice(`notifications are ${value} in this chat`)
    },
    async retry() {
      const { sent, left } = await account.outbox.flush()
      view.notice(`${sent} sent, ${left} waiting`)
    },
    clear: options.clear,
    notice: (text) => view.notice(text),
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
      view.notice(options.explain(error), 'warning')
    }
  }

  return {
    commands,
    start() {
      live = catchUp()
        .then(() => showHistory(account.messages({ with: peer, limit: options.history })))
        .then(() => {
          account.markRead(peer)
          return greet()
        })
        .then(follow)
    },
    async enter(line) {
      const entered = parseEntered(line)
      if (entered.kind === 'text') sender.say(entered.text)
      else await runCommand(entered.name, entered.rest)
    },
    async finish() {
      const outcome = await sender.settled()
      stopping.abort()
      await live
      return outcome
    },
  }

  /** What came while nobody looked belongs into the history, under the unread mark. */
  async function catchUp(): Promise<void> {
    try {
      await account.sync({ signal: AbortSignal.timeout(catchUpMs) })
    } catch (error) {
      // Being offline is not worth two lines: the live connection that follows says it, and resumes.
      if (!isOffline(error)) view.notice(options.explain(error), 'warning')
    }
  }

  async function greet(): Promise<void> {
    try {
      await showPeer(false)
    } catch (error) {
      view.notice(options.explain(error), 'warning')
      if (isChatError(error, 'no_such_user')) options.onEnd(error)
    }
  }
}

function isOffline(error: unknown): boolean {
  if (isChatError(error)) return error.exit === 3
  return error instanceof DOMException && error.name === 'TimeoutError'
}

function presenceText(state: string, text: string | null): string {
  return text ? `${state}: ${printable(text)}` : state
}

function groups(number: string): string {
  return number.replace(/(\d{5})(?=\d)/g, '$1 ').replace(/((?:\d{5} ){6})/, '$1\n')
}
