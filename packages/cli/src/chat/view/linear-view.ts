/**
 * The chat as lines and nothing else: no cursor movement, words instead of signs (`--plain`, TERM=dumb,
 * screen readers). In a script received lines go to stdout, tab-separated, and everything said about
 * them to stderr, so that a pipe carries messages only.
 */
import type { ChatView } from './chat-view.ts'
import { formatPlainLine, markInWords } from './line-format.ts'

type Output = { write(text: string): unknown }

export type LinearOptions = {
  readonly stdout: Output
  readonly stderr: Output
  /** A person reads it; otherwise a script does. */
  readonly isPlain: boolean
  readonly oneLine: (text: string) => string
}

export function makeLinearView({ stdout, stderr, isPlain, oneLine }: LinearOptions): ChatView {
  const say = (text: string) => {
    const out = isPlain ? stdout : stderr
    out.write(`${text}\n`)
  }
  return {
    line(line) {
      if (isPlain) stdout.write(`${formatPlainLine(line)}\n`)
      else if (line.direction === 'in')
        stdout.write(`${line.at.toISOString()}\t${line.from}\t${oneLine(line.text)}\n`)
    },
    rule: (text) => (isPlain ? say(`-- ${text} --`) : undefined),
    notice: (text, tone) => say(tone === 'warning' ? `warning: ${text}` : text),
    mark(_id, mark) {
      if (mark === 'stored' && !isPlain) return
      say(`your line is ${markInWords(mark)}`)
    },
    pending: () => () => undefined,
    connection: (state) => (isPlain ? say(`you are ${state}`) : undefined),
    returnDraft: (text) => say(`not sent: ${oneLine(text)}`),
    close: () => undefined,
  }
}
