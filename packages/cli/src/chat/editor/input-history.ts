/** The lines entered in this session, walked by Up and Down; what was being typed waits below the newest. */
export type InputHistory = {
  readonly entries: readonly string[]
  /** Index of the entry shown; `entries.length` is the draft itself. */
  readonly at: number
  readonly draft: string
}

const longest = 500

export const emptyHistory: InputHistory = { entries: [], at: 0, draft: '' }

export function remember(history: InputHistory, text: string): InputHistory {
  const isRepeat = history.entries.at(-1) === text
  const entries = isRepeat ? history.entries : [...history.entries, text].slice(-longest)
  return { entries, at: entries.length, draft: '' }
}

/** One step; undefined at either end. */
export function walk(
  history: InputHistory,
  step: 'older' | 'newer',
  shown: string,
): { history: InputHistory; text: string } | undefined {
  const at = history.at + (step === 'older' ? -1 : 1)
  if (at < 0 || at > history.entries.length) return undefined
  const draft = history.at === history.entries.length ? shown : history.draft
  const text = at === history.entries.length ? draft : history.entries[at]
  if (text === undefined) return undefined
  return { history: { ...history, at, draft }, text }
}
