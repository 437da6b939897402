import type { PluginEntry } from '@secure-chat/plugin-sdk/server'

/** For trying it out: `npm run build && npx secure-chat-server start` in this folder. */
const plugins: PluginEntry[] = [
  { use: '.', grant: ['transformEnvelope'], config: { maxLength: 20_000 } },
]

export default { plugins }
