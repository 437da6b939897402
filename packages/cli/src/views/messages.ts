import type { StoredMessage } from '@secure-chat/client'
import { printable } from '@secure-chat/protocol/printable'
import type { CommandContext } from '../context.ts'
import { type Column, tabSeparated } from '../output/table.ts'
import { dayNumber, dayTitle, timeOfDay } from '../output/time.ts'
import { isRemark } from '../services/message-document.ts'

export type MessagesView = {
  readonly context: Pick<CommandContext, 'output' | 'settings' | 'now' | 'stdout'>
  readonly isPaged: boolean
  /** Of plugins, safe for a terminal; undefined leaves it to us. */
  readonly render: (message: StoredMessage) => string | undefined
}

const columnsBeforeText: Column<StoredMessage>[] = [
  { header: 'AT', value: ({ at }) => at },
  // Words of this program must not look like words of the contact they are about.
  { header: 'DIRECTION', value: (message) => (isRemark(message) ? 'note' : message.direction) },
  { header: 'FROM', value: (message) => (isRemark(message) ? '' : message.from) },
  { header: 'TO', value: ({ to }) => to },
  { header: 'STATE', value: ({ state }) => state },
]

/** Days and times for a person, through the pager when long; one line a message in a pipe. */
export async function showMessages(
  messages: readonly StoredMessage[],
  view: MessagesView,
): Promise<void> {
  const { output, stdout } = view.context
  if (!output.isTerminal) {
    const text = (message: StoredMessage) => view.render(message) ?? message.text
    stdout.write(tabSeparated([...columnsBeforeText, { header: 'TEXT', value: text }], messages))
    return
  }
  if (messages.length === 0) return output.notice('No messages.')
  const text = `${linesOf(messages, view).join('\n')}\n`
  if (view.isPaged) await output.paged(text)
  else stdout.write(text)
}

function linesOf(messages: readonly StoredMessage[], view: MessagesView): string[] {
  const { settings, now, output } = view.context
  const isExact = settings.all().timestamps === 'exact'
  const lines: string[] = []
  let day: number | undefined
  for (const message of messages) {
    const at = Date.parse(message.at)
    if (!isExact && dayNumber(at) !== day) {
      day = dayNumber(at)
      const dashes = output.isPlain ? '--' : '──'
      lines.push(output.style.dim(`${dashes} ${dayTitle(message.at, now())} ${dashes}`))
    }
    lines.push(...messageLines(message, isExact ? message.at : timeOfDay(at), view))
  }
  return lines
}

/**
 * Nobody but this program can begin a line with two blanks and a star, or with `!` behind the margin: what others say
 * stands behind their name, and further lines of it behind a bar.
 */
function messageLines(message: StoredMessage, time: string, view: MessagesView): string[] {
  const { style } = view.context.output
  if (isRemark(message)) return [style.warn(`  * ${printable(message.text)}`)]
  const text = view.render(message) ?? printable(message.text, undefined, { lines: true })
  const who = message.direction === 'out' ? `you to ${message.to}` : message.from
  const state = stateWord(message)
  const [first = '', ...more] = text.split('\n')
  const head = `${style.dim(time)} ${style.bold(`${printable(who)}:`)} `
  return [
    `${head}${first}${state && style.dim(` (${state})`)}`,
    ...more.map((line) => `      | ${line}`),
    ...message.notices.map((notice) => style.warn(`      ! ${printable(notice)}`)),
  ]
}

/** Own lines say what became of them; of others only what needs saying. */
function stateWord({ direction, state, reason, unread }: StoredMessage): string {
  if (direction === 'out') return reason === null ? state : `${state}: ${reason}`
  if (state === 'undecryptable') return 'cannot be read'
  return unread ? 'new' : ''
}
