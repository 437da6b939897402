/** What is wrong with a plugin, each thing said once. */
export interface Findings {
  add(sentence: string): void
  readonly all: readonly string[]
}

export function makeFindings(): Findings {
  const sentences = new Set<string>()
  return {
    add: (sentence) => void sentences.add(sentence),
    get all() {
      return [...sentences]
    },
  }
}

/** A plugin that does not keep the contract; `failures` has a sentence for each thing. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError'
  readonly failures: readonly string[]
  constructor(plugin: string, failures: readonly string[]) {
    super(
      `The plugin ${plugin} does not conform:\n${failures.map((one) => `- It ${one}`).join('\n')}`,
    )
    this.failures = failures
  }
}

const mostChars = 300

/** Whatever was thrown, in words; some repeat all of what they were given. */
export function wordsOf(thrown: unknown): string {
  const message = Reflect.get(Object(thrown), 'message')
  const text = typeof message === 'string' && message !== '' ? message : String(thrown)
  return text.length > mostChars ? `${text.slice(0, mostChars)}…` : text
}
