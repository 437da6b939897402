/** Between the lines of the history and what plugins see of them. */
import type { StoredMessage } from '@secure-chat/client'
import type { ChatMessage } from '@secure-chat/plugin-sdk/cli'

/** A frozen copy, so that no plugin changes what another one, or the program, goes on with. */
export function chatMessage(message: StoredMessage): ChatMessage {
  const { id, from, to, at, direction, kind, text, body, re, meta, trust } = message
  const answers = re !== null && { re }
  const said = { id, from, to, at, direction, kind, text, body, ...answers }
  return frozen({ ...said, meta: { ...meta }, trust })
}

/** The line with what a plugin may change: text, body and notes. */
export function withAnswer(
  message: StoredMessage,
  { text, body, meta }: ChatMessage,
): StoredMessage {
  return { ...message, text, body, meta: { ...meta } }
}

const fixed = ['id', 'from', 'to', 'at', 'direction', 'kind', 'trust'] as const

/** What is wrong with a transform's answer; undefined when nothing is. */
export function complaintAboutAnswer(answer: unknown, asked: ChatMessage): string | undefined {
  if (!isObject(answer)) return 'it answered something that is no message'
  const changed = fixed.find((member) => answer[member] !== asked[member])
  if (changed !== undefined) return `it changed "${changed}", which is not a plugin's to change`
  if (typeof answer.text !== 'string') return 'the text of its answer is no text'
  const { meta } = answer
  if (!isObject(meta) || !Object.values(meta).every((note) => typeof note === 'string')) {
    return 'the notes (meta) of its answer are not all text'
  }
  return undefined
}

/** For an answer that was looked at. */
export function isAnswer(answer: unknown, asked: ChatMessage): answer is ChatMessage {
  return complaintAboutAnswer(answer, asked) === undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** As JSON gives it; what a kind's `parse` made may be anything else, and is its own affair. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || Array.isArray(value)
}

function frozen<T>(value: T): T {
  if (isPlain(value) && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) frozen(member)
  }
  return value
}
