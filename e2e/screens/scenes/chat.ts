import type { Scene } from '../scene.ts'

export const chat: Scene = {
  name: 'chat',
  picture: 'docs/screen.svg',
  title: 'secure-chat chat bob',
  describe:
    'A chat of two: messages, a key whose number was compared, who is away, and a line being typed.',
  columns: 80,
  masks: [
    [
      /(?:\d{5} ){5}\d{5}/g,
      '07741 52280 19436 88102 63905 27714',
      '94038 11562 70823 45519 36600 82947',
    ],
  ],
  async play({ shell, bobJoins }) {
    const bob = await bobJoins()
    shell.type('secure-chat chat bob\r')
    await shell.until('bob [pinned] online')
    shell.type('Lunch at one?\r')
    await shell.until('✓  you: Lunch at one?')
    await bob.until('Lunch at one?')
    bob.type('yes! the place with the 麺\r')
    await shell.until('bob: yes!')
    shell.type('/verify\r')
    const number = /((?:\d{5} ){5}\d{5})\s+((?:\d{5} ){5}\d{5})/
    const digits = number.exec(await shell.until(number))?.[0].replace(/\D/g, '')
    shell.type(`/verify ${digits}\r`)
    await shell.until('bob is verified')
    bob.type('/away on my way\r')
    await shell.until('bob is away: on my way')
    shell.type('see you th')
    await shell.until('> see you th')
  },
}
