import { defineCliPlugin } from '@secure-chat/plugin-sdk/cli'
import { complete, replaceNames } from './names.ts'

export default defineCliPlugin({
  name: 'emoji',
  apiVersion: 1,
  // Early: what looks at the words of a message after it sees what the other side will see.
  transformOutgoing: { band: 'early', handler: replaceNames },
  // From those whose program has no emoji.
  transformIncoming: {
    band: 'early',
    handler: (message) =>
      message.kind === 'text' ? { ...message, text: replaceNames(message.text) } : message,
  },
  slashCommands: [
    {
      name: 'emoji',
      describe: 'find one by a word, /emoji party; send it with /emoji tada',
      complete,
      async run([typed = ''], chat) {
        // As the list shows them.
        const word = typed.replace(/^:|:$/g, '')
        const emoji = replaceNames(`:${word}:`)
        if (emoji !== `:${word}:`) {
          await chat.send(emoji)
          return
        }
        const found = complete(word)
        chat.notice(
          found.length === 0
            ? `no emoji for "${typed}"`
            : found.map((name) => `${replaceNames(`:${name}:`)} :${name}:`).join('  '),
        )
      },
    },
  ],
})
