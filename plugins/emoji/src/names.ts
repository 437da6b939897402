import { get, search } from 'node-emoji'

/** As many as fit on a line or two. */
const found = 20

const nameForm = /^[a-z0-9_+-]{1,64}$/

/** Code keeps its colons: `std::cout << ":tada:"` in backquotes is no celebration. */
const codeOrName =
  /```[\s\S]*?```|(?<!`)(?<fence>`{1,2})(?!`)[^\n]*?(?<!`)\k<fence>(?!`)|:(?<name>[a-z0-9_+-]{1,64}):/g

/** `:tada:` becomes 🎉; a name that nobody knows stays as it is, and so do addresses and times such as 12:30:45. */
export function replaceNames(text: string): string {
  return text.replace(codeOrName, (whole: string, _fence, name: string | undefined, at: number) => {
    if (name === undefined || isInsideWord(text, at, whole.length)) return whole
    return get(name) ?? whole
  })
}

/** Names that have the word in them. */
export function complete(word: string): string[] {
  if (!nameForm.test(word)) return []
  // It is read as a pattern, in which the + of :+1: means something else.
  return search(word.replaceAll('+', '\\+'))
    .map(({ name }) => name)
    .sort((a, b) => rank(a, word) - rank(b, word) || a.localeCompare(b))
    .slice(0, found)
}

/** What begins with the word comes first. */
function rank(name: string, word: string): number {
  return name.startsWith(word) ? 0 : 1
}

function isInsideWord(text: string, at: number, length: number): boolean {
  return isWordAt(text, at - 1) || isWordAt(text, at + length)
}

function isWordAt(text: string, at: number): boolean {
  return /[\p{L}\p{N}]/u.test(text[at] ?? '')
}
