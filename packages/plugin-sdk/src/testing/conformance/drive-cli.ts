import type { Chat } from '../../cli/chat.ts'
import type { ChatMessage, PresenceState } from '../../cli/chat-message.ts'
import type { CliPlugin } from '../../cli/cli-plugin.ts'
import type { Theme } from '../../cli/theme.ts'
import { hostileEnvelopes } from '../hostile-envelopes.ts'
import type { DriveOptions } from './drive-server.ts'
import { patientCall } from './timed-call.ts'

/** Texts that others may send, and that a user may paste. */
const texts = hostileEnvelopes().map(({ message }) => message)

const bodies: readonly unknown[] = [
  undefined,
  null,
  7,
  'text',
  [],
  {},
  JSON.parse('{"__proto__":{"kind":"x"},"constructor":1}'),
  { question: '\u001b[2J', options: Array.from({ length: 1000 }, () => '') },
  JSON.parse('{"toString":1,"length":-1,"then":"x"}'),
]

const theme: Theme = Object.freeze({
  colour: false,
  width: 20,
  bold: same,
  dim: same,
  italic: same,
  code: same,
  link: (text: string, url: string) => `${text} (${url})`,
})

function same(text: string): string {
  return text
}

/** Things that one call of a handler may do in the chat. */
const deedsPerCall = 20

/** Calls every handler with everything that a chat may hand to it. */
export async function driveCli(plugin: CliPlugin, options: DriveOptions): Promise<void> {
  const { findings, budgetMs } = options
  const chat = countingChat()

  /** @param complain what is wrong with an answer */
  async function drive<S>(
    name: string,
    subjects: readonly S[],
    run: (subject: S) => unknown,
    complain: (answer: unknown, subject: S) => string | undefined = () => undefined,
  ): Promise<void> {
    const before = chat.deeds()
    let handled = 0
    for (const subject of subjects) {
      const outcome = await patientCall(budgetMs, () => {
        handled += 1
        return run(subject)
      })
      const complaint =
        outcome.kind === 'answered' ? complain(outcome.answer, subject) : outcome.complaint
      if (complaint === undefined) continue
      findings.add(`fails in ${name}, which ${complaint} for ${shown(subject)}`)
      break
    }
    const deeds = chat.deeds() - before
    if (deeds > deedsPerCall * handled) {
      findings.add(
        `floods the chat from ${name}: ${deeds} messages and notices for ${handled} calls, at most ${deedsPerCall} for each`,
      )
    }
  }

  const { transformOutgoing, transformIncoming, renderers = [], slashCommands = [] } = plugin
  const messages = [...texts.map(textMessage), ...bodies.map(messageOfAnotherKind)]
  if (transformOutgoing) {
    const typed = texts.filter((text) => text.trim() !== '' && text.isWellFormed())
    await drive('transformOutgoing', typed, (text) => transformOutgoing.handler(text, chat), noText)
  }
  if (transformIncoming) {
    await drive(
      'transformIncoming',
      messages,
      (message) => transformIncoming.handler(message, chat),
      complaintAboutMessage,
    )
  }
  for (const [at, render] of renderers.entries()) {
    await drive(`renderers[${at}]`, messages, (message) => render(message, theme), noTextOrNothing)
  }
  for (const [kind, { parse, text }] of Object.entries(plugin.kinds ?? {})) {
    await drive(
      `kinds.${kind}`,
      bodies,
      (body) => (isTaken(parse, body) ? text(parse(body)) : 'of another kind'),
      noText,
    )
  }
  for (const { name, complete } of slashCommands) {
    if (complete)
      await drive(`complete of /${name}`, texts, (typed) => complete(typed, chat), noList)
  }
  const { presence, keyChanged } = plugin.on ?? {}
  if (presence) {
    const told = (state: PresenceState) => presence({ name: 'bob', state }, chat)
    await drive('on.presence', ['online', 'away', 'busy', 'offline'] as const, told)
  }
  if (keyChanged) {
    const told = (proved: boolean) => keyChanged({ name: 'bob', proved }, chat)
    await drive('on.keyChanged', [true, false], told)
  }
}

/** What is no message of its kind a `parse` throws on: that is its task. */
function isTaken(parse: (body: unknown) => unknown, body: unknown): boolean {
  try {
    parse(body)
    return true
  } catch {
    return false
  }
}

function noText(answer: unknown): string | undefined {
  return typeof answer === 'string' && answer !== ''
    ? undefined
    : `answered ${shown(answer)}, which is no text`
}

function noTextOrNothing(answer: unknown): string | undefined {
  return answer === undefined || typeof answer === 'string'
    ? undefined
    : `answered ${shown(answer)}, which is no text`
}

function noList(answer: unknown): string | undefined {
  const isList = Array.isArray(answer) && answer.every((word) => typeof word === 'string')
  return isList ? undefined : `answered ${shown(answer)}, which is no list of words`
}

const fixed = ['id', 'from', 'to', 'at', 'direction', 'kind', 'trust'] as const

function complaintAboutMessage(answer: unknown, asked: ChatMessage): string | undefined {
  if (answer === undefined) return undefined
  const given: Record<string, unknown> = Object(answer)
  const changed = fixed.find((member) => given[member] !== asked[member])
  if (changed !== undefined) return `answered a message with another "${changed}"`
  if (typeof given.text !== 'string') return 'answered a message without a text'
  const isNoted = typeof given.meta === 'object' && given.meta !== null
  if (!isNoted || Array.isArray(given.meta)) return 'answered a message without "meta"'
  return Object.values(given.meta ?? {}).every((note) => typeof note === 'string')
    ? undefined
    : 'answered a message whose "meta" is not all text'
}

function textMessage(text: string): ChatMessage {
  return messageOf({ text, body: Object.freeze({ text }) })
}

/** Of a plugin that is not there, or a newer program: nobody has looked at the body. */
function messageOfAnotherKind(body: unknown): ChatMessage {
  const kind = 'x-unknown-here'
  return messageOf({ kind, text: `a message of kind ${kind} (plugin needed)`, body })
}

function messageOf(part: Pick<ChatMessage, 'text' | 'body'> & Partial<ChatMessage>): ChatMessage {
  return Object.freeze({
    id: '15d607b9-5398-4671-a472-9682d7c903dc',
    from: 'bob',
    to: 'alice',
    at: '2026-11-23T18:00:00.000Z',
    direction: 'in',
    kind: 'text',
    meta: Object.freeze({}),
    trust: 'pinned',
    ...part,
  })
}

/** A chat that only counts: what is said in it goes nowhere. */
function countingChat(): Chat & { deeds(): number } {
  let count = 0
  const sent = async () => {
    count += 1
    if (count > 10_000) throw new Error('The plugin has sent 10,000 messages.')
    return { id: '15d607b9-5398-4671-a472-9682d7c903dc' }
  }
  return {
    me: 'alice',
    peer: 'bob',
    trust: 'pinned',
    send: sent,
    sendKind: sent,
    history: async () => texts.map(textMessage),
    notice: () => {
      count += 1
    },
    deeds: () => count,
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
