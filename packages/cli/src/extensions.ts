/** The place where plugins' transforms, renderers and kinds come in: `send`, `messages`, `listen` and `chat` go through it. */
import type { ChatExtensions } from './chat/index.ts'

/** Without plugins nothing is changed and nothing is hidden. */
export const noExtensions: ChatExtensions = {
  outgoing: async (text) => text,
  incoming: async (message) => message,
  render: () => undefined,
  slashCommands: [],
}
