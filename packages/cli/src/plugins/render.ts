/** The renderers of plugins: the first that answers is shown. */
import type { StoredMessage } from '@secure-chat/client'
import type { ChatMessage, CliPlugin, Theme } from '@secure-chat/plugin-sdk/cli'
import { printable } from '@secure-chat/protocol/printable'
import { pluginFailure } from './plugin-failure.ts'
import { chatMessage } from './plugin-message.ts'
import { safeStyled } from './safe-styled.ts'

/** Safe for a terminal; undefined where no plugin answers. */
export type Render = (message: StoredMessage) => string | undefined

export function makeRender(
  plugins: readonly CliPlugin[],
  theme: Theme,
  tell: (failure: string) => void,
): Render {
  const renderers = plugins.flatMap(({ name, renderers: own = [] }) =>
    own.map((render) => ({ name, render })),
  )
  const failed = new Set<string>()

  const ask = ({ name, render }: (typeof renderers)[number], message: ChatMessage) => {
    try {
      const answer: unknown = render(message, theme)
      if (answer === undefined) return undefined
      if (typeof answer === 'string') return safeStyled(answer, theme)
      throw new TypeError('it answered no text')
    } catch (error) {
      // Once: a history of a hundred lines would say it a hundred times.
      if (!failed.has(name)) tell(pluginFailure(name, 'renderers', error).message)
      failed.add(name)
      return undefined
    }
  }

  return (message) => {
    if (renderers.length === 0 || isNotSaid(message)) return undefined
    const shown = safeStrings(chatMessage(message))
    for (const renderer of renderers) {
      const answer = ask(renderer, shown)
      if (answer !== undefined) return answer
    }
    return undefined
  }
}

/** Words of this program look like nothing else. */
function isNotSaid({ kind, state }: StoredMessage): boolean {
  return kind === 'notice' || kind === 'system' || state === 'undecryptable'
}

/** What others wrote cannot pretend to come from the theme. */
function safeStrings(message: ChatMessage): ChatMessage {
  return Object.freeze({
    ...message,
    text: safe(message.text),
    body: safeDeep(message.body),
    meta: Object.fromEntries(Object.entries(message.meta).map(([key, note]) => [key, safe(note)])),
  })
}

function safe(text: string): string {
  return printable(text, undefined, { lines: true })
}

function safeDeep(value: unknown): unknown {
  if (typeof value === 'string') return safe(value)
  if (Array.isArray(value)) return value.map(safeDeep)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, safeDeep(member)]))
}
