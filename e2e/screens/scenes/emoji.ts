import type { Scene } from '../scene.ts'

export const emoji: Scene = {
  name: 'emoji',
  picture: 'plugins/emoji/screen.svg',
  title: 'secure-chat chat bob',
  describe:
    'A chat in which :tada: is sent as an emoji, and /emoji rock lists the emoji of that name.',
  columns: 64,
  plugins: ['plugins/emoji'],
  async play({ shell, bobJoins }) {
    const bob = await bobJoins()
    shell.type('secure-chat chat bob\r')
    await shell.until('bob [pinned] online')
    shell.type('the release is out :tada:\r')
    await shell.until('✓  you: the release is out 🎉')
    bob.type('at last :smile: well done :clap:\r')
    await shell.until('bob: at last')
    shell.type('/emoji rock\r')
    await shell.until(':shamrock:')
    shell.type('/emoji rocket\r')
    await shell.until('✓  you: 🚀')
    shell.type('next stop :crescent_moon:')
    await shell.until('> next stop :crescent_moon:')
  },
}
