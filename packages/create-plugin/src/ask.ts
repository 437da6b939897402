import { CANCEL_SYMBOL, cancel, intro, outro, select, text } from '@clack/prompts'
import type { Questions } from './complete-plan.ts'
import { pluginNameOf } from './plugin-name.ts'

/** Ctrl-C or Escape at a question. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
}

/** Questions at the terminal. */
export function askAtTerminal(): Questions & { done(message: string): void } {
  let isBegun = false
  const begin = () => {
    if (!isBegun) intro('A plugin for secure-chat')
    isBegun = true
  }
  return {
    async name(complain) {
      begin()
      const typed = await text({
        message: 'What is it called?',
        placeholder: 'quiet-hours',
        validate: (typed) => complain(pluginNameOf(typed ?? '')),
      })
      return pluginNameOf(answered(typed))
    },
    async halves() {
      begin()
      const choice = await select({
        message: 'What does it extend?',
        options: [
          { value: 'both', label: 'Both', hint: 'one package, two halves' },
          { value: 'server', label: 'The server', hint: 'what it lets through, presence, routes' },
          { value: 'cli', label: 'The command line', hint: 'text, slash commands, what is shown' },
        ] as const,
      })
      const chosen = answered(choice)
      return chosen === 'both' ? ['server', 'cli'] : [chosen]
    },
    done(message) {
      if (isBegun) outro(message)
      else process.stdout.write(`${message}\n`)
    },
  }
}

function answered<T>(answer: T | typeof CANCEL_SYMBOL): T {
  if (answer !== CANCEL_SYMBOL) return answer
  cancel('Nothing was written.')
  throw new Cancelled()
}
