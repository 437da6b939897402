import { defineCliPlugin } from '@secure-chat/plugin-sdk/cli'
import { renderMarkdown } from './render.ts'

export default defineCliPlugin({
  name: 'markdown',
  apiVersion: 1,
  renderers: [
    ({ kind, text }, theme) => (kind === 'text' ? renderMarkdown(text, theme) : undefined),
  ],
})
