/** The place where plugins' transforms, renderers and kinds come in: `send`, `messages`, `listen` and `chat` go through it. */
import type { ExtensionsFor } from './chat/index.ts'
import type { Output } from './output/output.ts'

/** Without plugins nothing is changed and nothing is hidden. */
export const noExtensions: ExtensionsFor = () => ({
  outgoing: async (text) => text,
  incoming: async (message) => message,
  render: () => undefined,
  chatWith: () => ({ slashCommands: [], events: noEvents }),
})

const noEvents = { opened() {}, closed() {}, presence() {}, keyChanged() {} }

type Place = Pick<Parameters<ExtensionsFor>[0], 'notice' | 'colour' | 'columns'>

/** Where what plugins render is read by a program. */
export function withoutScreen(output: Pick<Output, 'notice'>): Place {
  return { notice: (text) => output.notice(text), colour: false, columns: 80 }
}

/** Where a person reads it, if there is one. */
export function withScreen(output: Output): Place {
  const { isTerminal, isJson, columns, style } = output
  if (!isTerminal || isJson) return withoutScreen(output)
  return { ...withoutScreen(output), colour: style.isColour, columns }
}
