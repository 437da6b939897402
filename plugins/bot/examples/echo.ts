/** The smallest bot: everybody gets their own words back. */
import { defineBot } from 'secure-chat-plugin-bot'

export default defineBot({
  onMessage: ({ text }) => `You said: ${text}`,
})
