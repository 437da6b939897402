/** Tab in the input line: the word before the cursor, its candidates, and the draft they lead to. */
import type { Draft } from '../editor/draft.ts'

export type Completable = {
  readonly name: string
  /** Candidates for the argument being typed. */
  readonly complete?: ((typed: string) => readonly string[]) | undefined
}

export type Completion = {
  readonly draft: Draft
  /** More than one is left: shown to the user. */
  readonly candidates: readonly string[]
}

export function completeDraft(
  draft: Draft,
  commands: readonly Completable[],
  names: readonly string[],
): Completion {
  const before = draft.text.slice(0, draft.cursor)
  const word = /\S*$/.exec(before)?.[0] ?? ''
  const candidates = candidatesFor(before, word, commands, names).filter((candidate) =>
    candidate.toLowerCase().startsWith(word.toLowerCase()),
  )
  if (candidates.length === 0) return { draft, candidates: [] }
  const prefix = commonPrefix(candidates)
  const isUnique = candidates.length === 1
  const completed = isUnique ? `${prefix} ` : prefix
  const grown = completed.length >= word.length ? completed : word
  const head = before.slice(0, before.length - word.length) + grown
  const tail = draft.text.slice(draft.cursor)
  return {
    draft: { text: head + (isUnique ? tail.replace(/^ /, '') : tail), cursor: head.length },
    candidates: isUnique || grown.length > word.length ? [] : candidates,
  }
}

function candidatesFor(
  before: string,
  word: string,
  commands: readonly Completable[],
  names: readonly string[],
): readonly string[] {
  if (before.startsWith('//') || !before.startsWith('/')) {
    return word.startsWith('@') ? names.map((name) => `@${name}`) : word === '' ? [] : names
  }
  if (before === word) return commands.map(({ name }) => `/${name}`)
  const name = before.slice(1).split(/\s/)[0]
  const command = commands.find((candidate) => candidate.name === name)
  return command?.complete?.(word) ?? []
}

function commonPrefix(words: readonly string[]): string {
  return words.reduce((prefix, word) => {
    let length = 0
    while (length < prefix.length && prefix[length] === word[length]) length++
    return prefix.slice(0, length)
  })
}
