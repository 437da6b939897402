/** How a line of the chat looks on a terminal, and in words where signs and colour must not carry meaning. */

import stringWidth from 'string-width'
import type { ChatLine, DeliveryMark } from './chat-view.ts'
import { wrapStyled } from './styled-rows.ts'

export type Style = {
  bold(text: string): string
  dim(text: string): string
  warn(text: string): string
}

export const noStyle: Style = { bold: (text) => text, dim: (text) => text, warn: (text) => text }

export const ansiStyle: Style = {
  bold: (text) => `\x1b[1m${text}\x1b[22m`,
  dim: (text) => `\x1b[2m${text}\x1b[22m`,
  warn: (text) => `\x1b[33m${text}\x1b[39m`,
}

const signs: Readonly<Record<DeliveryMark, string>> = {
  waiting: '…',
  stored: '✓',
  delivered: '✓✓',
  read: '✓✓',
  refused: '!',
  unreadable: '?',
}

const words: Readonly<Record<DeliveryMark, string>> = {
  waiting: 'waiting',
  stored: 'stored',
  delivered: 'delivered',
  read: 'read',
  refused: 'refused',
  unreadable: 'not readable for them',
}

/** `14:03 ✓  you: text`, continued rows under the text. Rows are at most `columns` wide. */
export function formatLine(line: ChatLine, columns: number, style: Style): string[] {
  const time = timeOfDay(line.at)
  const sign = (line.mark ? signs[line.mark] : '').padEnd(2)
  const head = `${time} ${sign} ${line.from}: `
  const indent = Math.min(stringWidth(head), Math.floor(columns / 2))
  const [first = '', ...more] = wrapStyled(line.text, columns - stringWidth(head))
  const styledHead = `${style.dim(`${time} ${sign}`)} ${style.bold(`${line.from}:`)} `
  return [styledHead + first, ...more.map((row) => ' '.repeat(indent) + row)]
}

/** `14:03 you (stored): text`, every row complete in itself for a screen reader. */
export function formatPlainLine(line: ChatLine): string {
  const state = line.mark ? ` (${words[line.mark]})` : ''
  return `${timeOfDay(line.at)} ${line.from}${state}: ${line.text}`
}

export function markInWords(mark: DeliveryMark): string {
  return words[mark]
}

/** Local time, 24 hours. */
function timeOfDay(at: Date): string {
  return `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`
}

/** `Monday 23 November 2026`, in the local time zone; what separates the days of a chat. */
export function dayName(at: Date): string {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  })
    .format(at)
    .replace(',', '')
}
