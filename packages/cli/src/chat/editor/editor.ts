/**
 * The input line as a state machine: a key in, a new state and perhaps an effect out. Pure, so that
 * every rule of it (a paste is one draft, Ctrl-C clears before it leaves) is tested without a terminal.
 */
import * as edits from './draft.ts'
import { emptyHistory, type InputHistory, remember, walk } from './input-history.ts'
import { actionOf, type Key, type KeyAction, typedText } from './keys.ts'

export type EditorState = {
  readonly draft: edits.Draft
  readonly history: InputHistory
  /** What Ctrl-K, Ctrl-U, Ctrl-W and Alt-D removed last, for Ctrl-Y. */
  readonly killed: string
  /** Text between the terminal's paste marks so far; undefined outside a paste. */
  readonly pasting: string | undefined
  /** Ctrl-C was the last key, on an empty draft or to clear it: the next one leaves. */
  readonly isLeaving: boolean
}

export type EditorEffect =
  | { readonly kind: 'submit'; readonly text: string }
  | { readonly kind: 'leave' }
  | { readonly kind: 'warn-leave' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'clear-screen' }

export type EditorStep = { readonly state: EditorState; readonly effect?: EditorEffect }

export const initialEditor: EditorState = {
  draft: edits.emptyDraft,
  history: emptyHistory,
  killed: '',
  pasting: undefined,
  isLeaving: false,
}

export function withDraft(state: EditorState, text: string): EditorState {
  return { ...state, draft: edits.draftOf(text) }
}

export function pressKey(state: EditorState, text: string | undefined, key: Key): EditorStep {
  const action = actionOf(key)
  if (state.pasting !== undefined) return paste(state, state.pasting, text, key, action)
  if (action === undefined) {
    const typed = typedText(text, key)
    return { state: typed ? edited(state, edits.insert(state.draft, typed)) : state }
  }
  return act(action === 'interrupt' ? state : { ...state, isLeaving: false }, action)
}

/** Inside a paste every key is text; Enter is a line break of the draft, never a submit. */
function paste(
  state: EditorState,
  pasted: string,
  text: string | undefined,
  key: Key,
  action: KeyAction | undefined,
): EditorStep {
  if (action !== 'paste-end') {
    return { state: { ...state, pasting: pasted + (key.sequence ?? text ?? '') } }
  }
  const clean = pastedText(pasted)
  return { state: { ...edited(state, edits.insert(state.draft, clean)), pasting: undefined } }
}

/** Line ends become LF; control characters a clipboard smuggled in are dropped (TAB stays). */
export function pastedText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]/gu, '')
}

function edited(state: EditorState, draft: edits.Draft): EditorState {
  return { ...state, draft, isLeaving: false }
}

function act(state: EditorState, action: KeyAction): EditorStep {
  const { draft } = state
  switch (action) {
    case 'submit':
      return submit(state)
    case 'newline':
      return { state: edited(state, edits.insert(draft, '\n')) }
    case 'interrupt':
      return interrupt(state)
    case 'end-of-input':
      return draft.text === ''
        ? { state, effect: { kind: 'leave' } }
        : { state: edited(state, edits.deleteForward(draft)) }
    case 'suspend':
    case 'clear-screen':
    case 'complete':
      return { state, effect: { kind: action } }
    case 'paste-start':
      return { state: { ...state, pasting: '' } }
    case 'up':
    case 'down':
      return vertical(state, action)
    case 'older':
    case 'newer':
      return recall(state, action)
    case 'kill-to-end':
      return kill(state, draft.cursor, killEnd(draft))
    case 'kill-to-start':
      return kill(state, edits.lineStartIndex(draft), draft.cursor)
    case 'kill-word-back':
      return kill(state, edits.wordStartIndex(draft), draft.cursor)
    case 'kill-word':
      return kill(state, draft.cursor, edits.wordEndIndex(draft))
    case 'yank':
      return { state: edited(state, edits.insert(draft, state.killed)) }
    case 'paste-end':
      return { state }
    default:
      return { state: edited(state, moves[action](draft)) }
  }
}

const moves = {
  backspace: edits.backspace,
  delete: edits.deleteForward,
  left: edits.left,
  right: edits.right,
  'word-left': (draft: edits.Draft) => ({ ...draft, cursor: edits.wordStartIndex(draft) }),
  'word-right': (draft: edits.Draft) => ({ ...draft, cursor: edits.wordEndIndex(draft) }),
  'line-start': edits.lineStart,
  'line-end': edits.lineEnd,
  transpose: edits.transpose,
} as const

/** At a line's end Ctrl-K takes the line break, as emacs does. */
function killEnd(draft: edits.Draft): number {
  const end = edits.lineEndIndex(draft)
  return end === draft.cursor ? Math.min(end + 1, draft.text.length) : end
}

function kill(state: EditorState, from: number, to: number): EditorStep {
  const killed = state.draft.text.slice(from, to)
  if (killed === '') return { state }
  return { state: { ...edited(state, edits.remove(state.draft, from, to)), killed } }
}

function submit(state: EditorState): EditorStep {
  const { draft } = state
  // A trailing backslash continues on the next line, as in a shell.
  if (draft.cursor === draft.text.length && draft.text.endsWith('\\')) {
    return { state: edited(state, edits.draftOf(`${draft.text.slice(0, -1)}\n`)) }
  }
  if (draft.text.trim() === '') return { state: edited(state, edits.emptyDraft) }
  const history = remember(state.history, draft.text)
  return {
    state: { ...edited(state, edits.emptyDraft), history },
    // A paste often ends with a line break that nobody meant to send.
    effect: { kind: 'submit', text: draft.text.replace(/\n+$/, '') },
  }
}

function interrupt(state: EditorState): EditorStep {
  if (state.isLeaving) return { state, effect: { kind: 'leave' } }
  const { text } = state.draft
  // A line cleared by mistake is one Up away.
  const history = text.trim() === '' ? state.history : remember(state.history, text)
  return {
    state: { ...state, draft: edits.emptyDraft, history, isLeaving: true },
    effect: { kind: 'warn-leave' },
  }
}

function vertical(state: EditorState, direction: 'up' | 'down'): EditorStep {
  const moved = edits.verticalMove(state.draft, direction)
  if (moved) return { state: edited(state, moved) }
  return recall(state, direction === 'up' ? 'older' : 'newer')
}

function recall(state: EditorState, step: 'older' | 'newer'): EditorStep {
  const found = walk(state.history, step, state.draft.text)
  if (!found) return { state }
  return { state: { ...edited(state, edits.draftOf(found.text)), history: found.history } }
}
