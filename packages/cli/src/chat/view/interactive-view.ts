/** The chat at a keyboard: lines above, what waits and what is being typed below them. */
import type { EditorState } from '../editor/editor.ts'
import type { ChatLine, ChatView, DeliveryMark } from './chat-view.ts'
import { layOut, windowOf, wrapText } from './layout.ts'
import { formatLine, type Style } from './line-format.ts'
import type { PrintedLine, Screen } from './screen.ts'

export type InteractiveView = ChatView & {
  /** Draws the input line as the editor has it. */
  edit(state: EditorState): void
  clear(): void
  resized(): void
}

export type InteractiveOptions = {
  readonly screen: Screen
  readonly style: Style
  readonly size: () => { readonly columns: number; readonly rows: number }
  readonly onReturnDraft: (text: string) => void
}

const rememberedOwnLines = 200

export function makeInteractiveView(options: InteractiveOptions): InteractiveView {
  const { screen, style, size } = options
  const ownLines = new Map<string, { printed: PrintedLine; line: ChatLine }>()
  const waiting = new Set<{ readonly text: string }>()
  let editor: EditorState | undefined
  let isOffline = false

  const redraw = () => {
    const { columns, rows } = size()
    const above = [...waiting].slice(-3).map(({ text }) => waitingRow(text, columns))
    const prompt = isOffline ? 'offline> ' : '> '
    const input = layOut(prompt, editor?.draft.text ?? '', editor?.draft.cursor ?? 0, columns)
    const shown = windowOf(input, Math.max(1, rows - above.length - 1))
    screen.draw({
      rows: [...above.map(style.dim), ...shown.rows],
      cursor: { row: above.length + shown.cursor.row, column: shown.cursor.column },
    })
  }

  return {
    line(line) {
      const printed = screen.print(formatLine(line, size().columns - 1, style))
      if (line.direction === 'out') rememberOwn(line, printed)
    },
    rule: (text) => void screen.print([style.dim(`── ${text} ──`)]),
    notice(text, tone) {
      const rows = wrapText(text, size().columns - 4).map((row) => `  ${row}`)
      screen.print(rows.map(tone === 'warning' ? style.warn : style.dim))
    },
    mark(id, mark) {
      const own = ownLines.get(id)
      if (!own || own.line.mark === mark) return
      const line = { ...own.line, mark }
      ownLines.set(id, { ...own, line })
      const first = formatLine(line, size().columns - 1, style)[0] ?? ''
      if (!screen.amend(own.printed, first) && isNews(mark)) {
        screen.print([style.warn(`  ! refused: ${excerpt(line.text)}`)])
      }
    },
    pending(text) {
      const entry = { text }
      waiting.add(entry)
      redraw()
      return () => {
        waiting.delete(entry)
        redraw()
      }
    },
    connection(state) {
      isOffline = state === 'offline'
      redraw()
    },
    returnDraft: options.onReturnDraft,
    edit(state) {
      editor = state
      redraw()
    },
    clear: () => screen.clear(),
    resized() {
      screen.resized()
      redraw()
    },
    close: () => screen.close(),
  }

  function rememberOwn(line: ChatLine, printed: PrintedLine): void {
    ownLines.set(line.id, { printed, line })
    const oldest = ownLines.keys().next().value
    if (ownLines.size > rememberedOwnLines && oldest !== undefined) ownLines.delete(oldest)
  }
}

/** Good news of a line that has scrolled away can wait for `/history`; a refusal cannot. */
function isNews(mark: DeliveryMark): boolean {
  return mark === 'refused' || mark === 'unreadable'
}

function waitingRow(text: string, columns: number): string {
  return wrapText(`… ${text.replaceAll('\n', ' ↵ ')}`, columns - 2)[0] ?? '…'
}

function excerpt(text: string): string {
  return wrapText(text, 60)[0] ?? ''
}
