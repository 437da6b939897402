/** Answers what people ask again and again, in plain JavaScript. An editor knows the types by the comment below. */

/** @type {Array<[RegExp, string]>} */
const answers = [
  [/\b(hours?|open)\b/i, 'We are here Monday to Friday, 9 to 17.'],
  [/\b(password|sign ?in|log ?in)\b/i, 'Sign in again with: secure-chat login NAME'],
  [/\b(thanks|thank you)\b/i, 'You are welcome.'],
]

/** @type {import('secure-chat-plugin-bot').Bot} */
export default {
  describe: 'I know answers to common questions. Ask me about opening hours or signing in.',
  onMessage({ from, text }, bot) {
    const [, answer] = answers.find(([pattern]) => pattern.test(text)) ?? []
    if (answer !== undefined) return answer
    // Who asked, and how often in vain, not what: people write to a bot what they would not want in a file.
    const key = `unanswered/${from}`
    bot.state.set(key, (bot.state.get(key) ?? 0) + 1)
    return 'I do not know that. A person will look at it.'
  },
  commands: {
    '/topics': {
      describe: 'what I know',
      run: () => 'Opening hours, signing in.',
    },
  },
}
