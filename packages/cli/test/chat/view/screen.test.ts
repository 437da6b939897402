import xterm from '@xterm/headless'
import { initialEditor, withDraft } from '../../../src/chat/editor/editor.ts'
import type { ChatLine } from '../../../src/chat/view/chat-view.ts'
import { makeInteractiveView } from '../../../src/chat/view/interactive-view.ts'
import { noStyle } from '../../../src/chat/view/line-format.ts'
import { makeScreen } from '../../../src/chat/view/screen.ts'

/** A real terminal emulator behind the screen: what a person would see. */
function makeTerminal(columns = 40, rows = 10) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  let last: Promise<void> = Promise.resolve()
  const out = {
    get columns() {
      return terminal.cols
    },
    get rows() {
      return terminal.rows
    },
    write(text: string) {
      last = last.then(() => new Promise((resolve) => terminal.write(text, resolve)))
    },
  }
  const seen = async () => {
    await last
    const buffer = terminal.buffer.active
    const lines = Array.from(
      { length: buffer.length },
      (_, index) => buffer.getLine(index)?.translateToString(true).trimEnd() ?? '',
    )
    while (lines.at(-1) === '') lines.pop()
    return { lines, cursor: [buffer.cursorY + buffer.baseY, buffer.cursorX] }
  }
  return { terminal, out, seen }
}

function makeView(columns = 40, rows = 10) {
  const { terminal, out, seen } = makeTerminal(columns, rows)
  const view = makeInteractiveView({
    screen: makeScreen(out),
    style: noStyle,
    size: () => ({ columns: out.columns, rows: out.rows }),
    onReturnDraft: () => undefined,
  })
  view.edit(initialEditor)
  return { terminal, view, seen }
}

const at = new Date(2026, 10, 23, 14, 2)
const incoming = (id: string, text: string): ChatLine => ({
  id,
  at,
  direction: 'in',
  from: 'alice',
  text,
  mark: undefined,
})
const own = (id: string, text: string): ChatLine => ({
  id,
  at,
  direction: 'out',
  from: 'you',
  text,
  mark: 'waiting',
})

test('an incoming line goes above what is being typed, which keeps its cursor', async () => {
  const { view, seen } = makeView()
  view.edit({ ...initialEditor, draft: { text: 'half a thought', cursor: 4 } })
  view.line(incoming('1', 'hello'))
  expect(await seen()).toEqual({
    lines: ['14:02    alice: hello', '> half a thought'],
    cursor: [1, 6],
  })
})

test('a draft over several rows comes back whole after a line above it', async () => {
  const { view, seen } = makeView(20)
  view.edit(withDraft(initialEditor, 'one two three four five six seven'))
  view.line(incoming('1', 'hi'))
  view.line(incoming('2', 'you'))
  const { lines } = await seen()
  expect(lines.slice(0, 2)).toEqual(['14:02    alice: hi', '14:02    alice: you'])
  expect(
    lines
      .slice(2)
      .map((line) => line.slice(2))
      .join(''),
  ).toBe('one two three four five six seven')
})

test('the mark of an own line changes where it stands', async () => {
  const { view, seen } = makeView()
  view.line(own('1', 'hello'))
  view.line(incoming('2', 'hi'))
  view.edit(withDraft(initialEditor, 'next'))
  view.mark('1', 'stored')
  expect(await seen()).toEqual({
    lines: ['14:02 ✓  you: hello', '14:02    alice: hi', '> next'],
    cursor: [2, 6],
  })
})

test('a mark never writes over another line once its own has scrolled away', async () => {
  const { view, seen } = makeView(40, 5)
  view.line(own('1', 'hello'))
  for (let number = 0; number < 20; number++) view.line(incoming(`in ${number}`, `line ${number}`))
  view.mark('1', 'stored')
  view.mark('1', 'refused')
  const { lines } = await seen()
  expect(lines[0]).toBe('14:02 …  you: hello')
  expect(lines.slice(1, 21)).toEqual(
    Array.from({ length: 20 }, (_, number) => `14:02    alice: line ${number}`),
  )
  expect(lines.at(-2)).toBe('  ! refused: hello')
})

test('wide text wraps inside the screen and leaves the scrollback whole', async () => {
  const { view, seen } = makeView(24)
  view.line(incoming('1', '日本語のとても長い文章です'))
  view.edit(withDraft(initialEditor, '日本'))
  const { lines, cursor } = await seen()
  expect(lines.slice(0, -1).join('').replace(/\s/g, '')).toBe(
    '14:02alice:日本語のとても長い文章です',
  )
  expect(cursor).toEqual([lines.length - 1, 6])
})

test('what waits to be sent stands between the lines and the input, until it is settled', async () => {
  const { view, seen } = makeView()
  const settle = view.pending('on its way')
  expect((await seen()).lines).toEqual(['… on its way', '>'])
  view.line(incoming('1', 'hi'))
  settle()
  expect((await seen()).lines).toEqual(['14:02    alice: hi', '>'])
})

test('being offline is said in words at the prompt', async () => {
  const { view, seen } = makeView()
  view.connection('offline')
  expect((await seen()).lines).toEqual(['offline>'])
  view.connection('online')
  expect((await seen()).lines).toEqual(['>'])
})

test('a resize never writes over the lines above', async () => {
  const { view, terminal, seen } = makeView(40)
  view.line(incoming('1', 'hello'))
  view.edit(withDraft(initialEditor, 'a draft that is thirty letters'))
  await seen()
  terminal.resize(20, 10)
  view.resized()
  const { lines } = await seen()
  expect(lines.filter((line) => line.includes('a draft')).length).toBe(1)
  expect(lines.join('').replace(/\s+/g, '')).toContain('alice:hello')
})

test('closing leaves the cursor on a fresh line below everything', async () => {
  const { view, seen } = makeView()
  view.edit(withDraft(initialEditor, 'one\ntwo'))
  view.close()
  expect((await seen()).cursor).toEqual([2, 0])
})
