/** The chat at a keyboard: wires keys, screen and session, and gives the terminal back on every way out. */
import { emitKeypressEvents } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import { printable } from '@secure-chat/protocol/printable'
import type { RunChatOptions } from './chat-options.ts'
import { type ChatSession, makeChatSession } from './chat-session.ts'
import { type EditorEffect, initialEditor, pressKey, withDraft } from './editor/editor.ts'
import type { Key } from './editor/keys.ts'
import { editExternally } from './external-editor.ts'
import { completeDraft } from './slash/complete.ts'
import { makeGate } from './view/gate.ts'
import { makeInteractiveView } from './view/interactive-view.ts'
import { ansiStyle, noStyle } from './view/line-format.ts'
import { makeScreen } from './view/screen.ts'
import { makeTerminalMode } from './view/terminal-mode.ts'

export type InteractiveInput = ReadStream
export type InteractiveOutput = WriteStream

const bell = '\x07'

/** Resolves when the chat was left; rejects with what ended it. */
export async function runInteractiveChat(
  options: RunChatOptions,
  stdin: InteractiveInput,
  stdout: InteractiveOutput,
): Promise<number> {
  const mode = makeTerminalMode(stdin, stdout)
  const screen = makeScreen(stdout)
  let state = initialEditor
  let code = 0
  let unsent = 0
  const view = makeInteractiveView({
    screen,
    style: options.colour ? ansiStyle : noStyle,
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    onReturnDraft(text) {
      const between = state.draft.text === '' ? '' : '\n'
      state = withDraft(state, text + between + state.draft.text)
      view.edit(state)
    },
  })
  const gate = makeGate(view)
  const ended = Promise.withResolvers<number>()
  const end = (error?: unknown) => (error === undefined ? ended.resolve(0) : ended.reject(error))

  const session: ChatSession = makeChatSession({
    account: options.account,
    peer: options.peer,
    view: gate.view,
    extensions: options.extensions,
    colour: options.colour,
    columns: stdout.columns || 80,
    history: options.history ?? 20,
    explain: options.explain,
    openEditor: withTerminalLent,
    clear: () => view.clear(),
    ring: () => ring(),
    isRinging: options.notify !== 'off',
    patienceMs: 2_000,
    onEnd: end,
  })

  const perform = (effect: EditorEffect) => {
    switch (effect.kind) {
      case 'submit':
        session.enter(effect.text).catch(end)
        return
      case 'leave':
        return end()
      case 'warn-leave':
        return view.notice('Press Ctrl-C again to leave.')
      case 'complete':
        return complete()
      case 'clear-screen':
        return view.clear()
      case 'suspend':
        return suspend()
    }
  }

  const complete = () => {
    const { draft, candidates } = completeDraft(state.draft, session.commands, [options.peer])
    state = { ...state, draft }
    if (candidates.length > 0) view.notice(candidates.join('  '))
  }

  const onKey = (text: string | undefined, key: Key) => {
    const step = pressKey(state, text, key)
    state = step.state
    if (step.effect) perform(step.effect)
    // A long paste arrives key by key; it is drawn once, when it is whole.
    if (state.pasting === undefined) view.edit(state)
  }
  const onResize = () => view.resized()
  const onContinue = () => {
    mode.enter()
    stdin.resume()
    view.edit(state)
  }
  const onStop = () => ended.resolve(130)

  emitKeypressEvents(stdin)
  stdin.on('keypress', onKey)
  stdout.on('resize', onResize)
  process.on('SIGCONT', onContinue)
  process.on('SIGTERM', onStop)
  process.on('SIGHUP', onStop)
  stdin.once('end', end)
  try {
    mode.enter()
    stdin.resume()
    view.edit(state)
    session.start()
    code = await ended.promise
  } finally {
    stdin.off('keypress', onKey)
    stdout.off('resize', onResize)
    process.off('SIGCONT', onContinue)
    process.off('SIGTERM', onStop)
    process.off('SIGHUP', onStop)
    stdin.off('end', end)
    stdin.pause()
    unsent = await leave()
  }
  // Nothing is lost, but whoever waits for this chat wants to know.
  return code === 0 && unsent > 0 ? 3 : code

  /** Shows what would be lost with the screen; the number of lines that wait. */
  async function leave(): Promise<number> {
    try {
      const waiting = (await session.finish()).unsent
      if (waiting > 0) view.notice(`${waiting} line(s) wait in the outbox: secure-chat outbox`)
      const { text } = state.draft
      state = withDraft(state, '')
      view.edit(state)
      if (text.trim() !== '')
        view.notice(`Not sent: ${printable(text, undefined, { lines: true })}`)
      return waiting
    } finally {
      view.close()
      mode.restore()
    }
  }

  function suspend(): void {
    screen.close()
    mode.restore()
    // The whole process group: started through npx, the shell waits for the programs around this one too.
    process.kill(0, 'SIGTSTP')
  }

  async function withTerminalLent(text: string): Promise<string | undefined> {
    gate.hold()
    stdin.off('keypress', onKey)
    stdin.pause()
    mode.restore()
    try {
      return await editExternally(options.editorCommand ?? 'vi', text)
    } finally {
      mode.enter()
      stdin.on('keypress', onKey)
      stdin.resume()
      screen.clear()
      gate.release()
      view.edit(state)
    }
  }

  function ring(): void {
    // Without the text: a notification may be shown on a locked screen.
    stdout.write(options.notify === 'osc9' ? `\x1b]9;secure-chat: a new message${bell}` : bell)
  }
}
