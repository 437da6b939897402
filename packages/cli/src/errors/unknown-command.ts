import { ChatError } from '@secure-chat/protocol/errors'

/** What plugin-not-found ends with; here, as everywhere, an unknown command is a usage error. */
const notFoundExit = 127

/**
 * What oclif means by "command outbox:nope not found", in the words that were typed: which of them is unknown, and where
 * those that are known are listed. Undefined for other errors.
 *
 * @param ids of all commands, as oclif has them: `outbox:retry`
 */
export function unknownCommand(
  error: unknown,
  argv: readonly string[],
  ids: readonly string[],
): ChatError | undefined {
  if (!isNotFound(error)) return undefined
  const words = wordsOf(argv)
  const isKnown = (count: number) => {
    const id = words.slice(0, count).join(':')
    return ids.some((each) => each === id || each.startsWith(`${id}:`))
  }
  let known = 0
  while (known < words.length && isKnown(known + 1)) known += 1
  const word = words[known]
  if (word === undefined) return undefined
  const parent = words.slice(0, known).join(' ')
  const isTopic =
    known === 0 || ids.some((id) => id.startsWith(`${words.slice(0, known).join(':')}:`))
  const text = isTopic
    ? `There is no command "${[parent, word].join(' ').trim()}".`
    : `The command "${parent}" takes no "${word}".`
  const suggestions = [`secure-chat help ${parent}`.trim()]
  return new ChatError('usage', text, { cause: error, suggestions })
}

function isNotFound(error: unknown): boolean {
  if (!(error instanceof Error) || !('oclif' in error)) return false
  const { exit } = Object(error.oclif)
  return exit === notFoundExit || /^command .* not found\.?$/i.test(error.message)
}

/** Up to the first flag; those of `help` are the words it was asked for. */
function wordsOf(argv: readonly string[]): readonly string[] {
  const end = argv.findIndex((word) => word.startsWith('-'))
  const words = end === -1 ? argv : argv.slice(0, end)
  return words[0] === 'help' && words.length > 1 ? words.slice(1) : words
}
