/** A key as `readline.emitKeypressEvents` decodes it. */
export type Key = {
  readonly sequence?: string | undefined
  readonly name?: string | undefined
  readonly ctrl?: boolean
  readonly meta?: boolean
  readonly shift?: boolean
}

/** What a key asks for, apart from the terminal that sent it. */
export type KeyAction =
  | 'submit'
  | 'newline'
  | 'interrupt'
  | 'end-of-input'
  | 'suspend'
  | 'clear-screen'
  | 'complete'
  | 'backspace'
  | 'delete'
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'word-left'
  | 'word-right'
  | 'line-start'
  | 'line-end'
  | 'kill-to-end'
  | 'kill-to-start'
  | 'kill-word-back'
  | 'kill-word'
  | 'yank'
  | 'transpose'
  | 'older'
  | 'newer'
  | 'paste-start'
  | 'paste-end'

/** The emacs keys of readline, spelled as modifiers + name. */
const bindings: Readonly<Record<string, KeyAction>> = {
  return: 'submit',
  enter: 'submit',
  'meta+return': 'newline',
  'meta+enter': 'newline',
  'ctrl+c': 'interrupt',
  'ctrl+d': 'end-of-input',
  'ctrl+z': 'suspend',
  'ctrl+l': 'clear-screen',
  tab: 'complete',
  backspace: 'backspace',
  'ctrl+h': 'backspace',
  delete: 'delete',
  left: 'left',
  'ctrl+b': 'left',
  right: 'right',
  'ctrl+f': 'right',
  up: 'up',
  down: 'down',
  'ctrl+p': 'older',
  'ctrl+n': 'newer',
  'meta+b': 'word-left',
  'ctrl+left': 'word-left',
  'meta+left': 'word-left',
  'meta+f': 'word-right',
  'ctrl+right': 'word-right',
  'meta+right': 'word-right',
  home: 'line-start',
  'ctrl+a': 'line-start',
  end: 'line-end',
  'ctrl+e': 'line-end',
  'ctrl+k': 'kill-to-end',
  'ctrl+u': 'kill-to-start',
  'ctrl+w': 'kill-word-back',
  'meta+backspace': 'kill-word-back',
  'meta+d': 'kill-word',
  'meta+delete': 'kill-word',
  'ctrl+y': 'yank',
  'ctrl+t': 'transpose',
  'paste-start': 'paste-start',
  'paste-end': 'paste-end',
}

export function actionOf(key: Key): KeyAction | undefined {
  if (key.name === undefined) return undefined
  const modifiers = `${key.ctrl ? 'ctrl+' : ''}${key.meta ? 'meta+' : ''}`
  return bindings[modifiers + key.name]
}

/** The text a key types, or undefined for control keys. */
export function typedText(text: string | undefined, key: Key): string | undefined {
  if (text === undefined || key.ctrl || key.meta) return undefined
  return /^[\p{Cc}]/u.test(text) ? undefined : text
}
