import { join } from 'node:path'
import { cliJson } from '../../setup/cli.ts'
import { eventually } from '../../setup/eventually.ts'
import { root } from '../../setup/paths.ts'
import { openCliTerminal } from '../../setup/terminal.ts'
import type { Scene } from '../scene.ts'

export const bot: Scene = {
  name: 'bot',
  picture: 'plugins/bot/screen.svg',
  title: 'secure-chat chat bob',
  describe:
    'A chat with a bot, which answers a question, lists its commands, and passes on the rest.',
  columns: 84,
  async play({ alice, bob, shell }) {
    await cliJson(bob, ['plugins', 'link', join(root, 'plugins/bot')])
    const file = join(root, 'plugins/bot/examples/faq.mjs')
    const running = openCliTerminal(bob, ['bot', 'run', file])
    try {
      await running.until('Ctrl-C ends it')
      await eventually('the bot is there', 60_000, async () => {
        const { state } = Object(await cliJson(alice, ['users', 'show', 'bob']))
        return state === 'online'
      })
      shell.type('secure-chat chat bob\r')
      await shell.until('bob [pinned] online')
      for (const [line, answer] of [
        ['//help', '/topics'],
        ['when are you open?', '9 to 17'],
        ['can I bring my llama?', 'A person will look'],
      ] as const) {
        shell.type(`${line}\r`)
        await shell.until(new RegExp(`✓  you: ${line.replace('//', '/').replace('?', '\\?')}`))
        await shell.until(new RegExp(`bob: [^$]*${answer}`))
      }
    } finally {
      running.kill('SIGKILL')
    }
  },
}
