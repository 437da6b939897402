/**
 * What is being typed: text and a cursor, and the edits of it. Pure; every edit returns a new draft.
 * The cursor is an index into the text and always stands between two user-perceived characters.
 */
import { nextBoundary, previousBoundary } from './graphemes.ts'

export type Draft = { readonly text: string; readonly cursor: number }

export const emptyDraft: Draft = { text: '', cursor: 0 }

export function draftOf(text: string): Draft {
  return { text, cursor: text.length }
}

export function insert({ text, cursor }: Draft, added: string): Draft {
  return { text: text.slice(0, cursor) + added + text.slice(cursor), cursor: cursor + added.length }
}

/** Removes between two indexes and leaves the cursor where the removed text began. */
export function remove({ text }: Draft, from: number, to: number): Draft {
  return { text: text.slice(0, from) + text.slice(to), cursor: from }
}

export function backspace(draft: Draft): Draft {
  return remove(draft, previousBoundary(draft.text, draft.cursor), draft.cursor)
}

export function deleteForward(draft: Draft): Draft {
  return remove(draft, draft.cursor, nextBoundary(draft.text, draft.cursor))
}

export function left(draft: Draft): Draft {
  return { ...draft, cursor: previousBoundary(draft.text, draft.cursor) }
}

export function right(draft: Draft): Draft {
  return { ...draft, cursor: nextBoundary(draft.text, draft.cursor) }
}

export function lineStartIndex({ text, cursor }: Draft): number {
  return text.lastIndexOf('\n', cursor - 1) + 1
}

export function lineEndIndex({ text, cursor }: Draft): number {
  const end = text.indexOf('\n', cursor)
  return end < 0 ? text.length : end
}

export function lineStart(draft: Draft): Draft {
  return { ...draft, cursor: lineStartIndex(draft) }
}

export function lineEnd(draft: Draft): Draft {
  return { ...draft, cursor: lineEndIndex(draft) }
}

const letterOrDigit = /[\p{L}\p{N}\p{M}]/u

/** Start of the word before the cursor, as emacs' backward-word finds it. */
export function wordStartIndex({ text, cursor }: Draft): number {
  let index = cursor
  const before = () => text.slice(previousBoundary(text, index), index)
  while (index > 0 && !letterOrDigit.test(before())) index = previousBoundary(text, index)
  while (index > 0 && letterOrDigit.test(before())) index = previousBoundary(text, index)
  return index
}

/** End of the word after the cursor, as emacs' forward-word finds it. */
export function wordEndIndex({ text, cursor }: Draft): number {
  let index = cursor
  const after = () => text.slice(index, nextBoundary(text, index))
  while (index < text.length && !letterOrDigit.test(after())) index = nextBoundary(text, index)
  while (index < text.length && letterOrDigit.test(after())) index = nextBoundary(text, index)
  return index
}

/** Swaps the two characters around the cursor and steps on (Ctrl-T). */
export function transpose(draft: Draft): Draft {
  const { text } = draft
  const middle = draft.cursor === text.length ? previousBoundary(text, draft.cursor) : draft.cursor
  const start = previousBoundary(text, middle)
  const end = nextBoundary(text, middle)
  if (start === middle || middle === end) return draft
  const swapped = text.slice(middle, end) + text.slice(start, middle)
  return { text: text.slice(0, start) + swapped + text.slice(end), cursor: end }
}

/**
 * The draft with its cursor one line up or down, at the same distance from the line's start;
 * undefined when there is no such line (then the key walks the input history).
 */
export function verticalMove(draft: Draft, direction: 'up' | 'down'): Draft | undefined {
  const start = lineStartIndex(draft)
  const offset = draft.cursor - start
  if (direction === 'up') {
    if (start === 0) return undefined
    const previous = { text: draft.text, cursor: start - 1 }
    return onBoundary(draft.text, lineStartIndex(previous) + offset, start - 1)
  }
  const end = lineEndIndex(draft)
  if (end === draft.text.length) return undefined
  const next = { text: draft.text, cursor: end + 1 }
  return onBoundary(draft.text, end + 1 + offset, lineEndIndex(next))
}

function onBoundary(text: string, wanted: number, lineEndsAt: number): Draft {
  if (wanted >= lineEndsAt) return { text, cursor: lineEndsAt }
  const boundary = previousBoundary(text, nextBoundary(text, wanted))
  return { text, cursor: boundary }
}
