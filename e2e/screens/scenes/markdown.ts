import type { Scene } from '../scene.ts'

const report = [
  '## Nightly build',
  '',
  '- **linux**: passed, *12 s faster*',
  '- **windows**: `EBUSY` in `cleanup.test.ts`',
  '',
  '| suite | passed | failed |',
  '|---|---|---|',
  '| server | 412 | 0 |',
  '| cli | 207 | 1 |',
  '',
  '> it passes alone, so something else holds the file',
  '',
  'Log: [run 1742](https://ci.example.org/runs/1742)',
].join('\n')

export const markdown: Scene = {
  name: 'markdown',
  picture: 'plugins/markdown/screen.svg',
  title: 'secure-chat chat bob',
  describe:
    'A chat in which a message in Markdown is shown with a heading, a list, a table and a quote.',
  columns: 72,
  plugins: ['plugins/markdown'],
  async play({ shell, bobJoins }) {
    const bob = await bobJoins()
    shell.type('secure-chat chat bob\r')
    await shell.until('bob [pinned] online')
    shell.type('how did it go?\r')
    await shell.until('✓  you: how did it go?')
    await bob.until('how did it go?')
    bob.type(`\x1b[200~${report}\x1b[201~\r`)
    await shell.until('runs/1742')
    shell.type('**thanks**, I look into `cleanup`\r')
    await shell.until('✓  you: thanks, I look into cleanup')
  },
}
