import { join } from 'node:path'
import { root } from '../../setup/paths.ts'
import type { Scene } from '../scene.ts'

export const slowMode: Scene = {
  name: 'slow-mode',
  picture: 'plugins/slow-mode/screen.svg',
  title: 'secure-chat chat bob',
  describe:
    'A chat in which the third message within the window is refused, with the time to wait.',
  columns: 72,
  config: () => ({
    plugins: [
      {
        use: join(root, 'plugins/slow-mode'),
        grant: ['transformEnvelope'],
        config: { seconds: 60, messages: 2 },
      },
    ],
  }),
  masks: [[/in \d+ s\.(?= *$)/g, 'in 58 s.']],
  async play({ shell, bobJoins }) {
    await bobJoins()
    shell.type('secure-chat chat bob\r')
    await shell.until('bob [pinned] online')
    for (const text of ['did you see this?', 'hello?']) {
      shell.type(`${text}\r`)
      await shell.until(`✓  you: ${text}`)
    }
    shell.type('HELLO?\r')
    await shell.until('Try again in')
  },
}
