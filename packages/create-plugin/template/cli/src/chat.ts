import { defineCliPlugin } from '@secure-chat/plugin-sdk/cli'

const shrug = '¯\\_(ツ)_/¯'

export default defineCliPlugin({
  name: 'my-plugin',
  apiVersion: 1,
  // Before it is encrypted, on this device.
  transformOutgoing: { handler: (text) => text.replaceAll('->', '→') },
  slashCommands: [
    {
      name: 'my-plugin',
      describe: 'send words and a shrug',
      async run(words, chat) {
        await chat.send([...words, shrug].join(' '))
      },
    },
  ],
})
