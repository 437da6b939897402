/** The chat's own slash commands; plugins add theirs beside them. */
import type { Completable } from './complete.ts'

export type SlashContext = {
  readonly help: () => void
  readonly quit: () => void
  readonly who: () => Promise<void>
  readonly history: (limit: number) => Promise<void>
  readonly search: (text: string) => Promise<void>
  readonly verify: (argument: string) => Promise<void>
  readonly trust: () => Promise<void>
  readonly presence: (state: 'away' | 'online', text: string) => Promise<void>
  readonly say: (text: string) => void
  readonly edit: (text: string) => Promise<void>
  readonly setNotify: (value: 'on' | 'off') => void
  readonly retry: () => Promise<void>
  readonly clear: () => void
  readonly notice: (text: string) => void
}

export type SlashCommand = Completable & {
  readonly usage: string
  readonly describe: string
  readonly run: (rest: string, context: SlashContext) => void | Promise<void>
}

const startsWith = (words: readonly string[]) => (typed: string) =>
  words.filter((word) => word.startsWith(typed))

const defaultHistory = 50

export const ownCommands: readonly SlashCommand[] = [
  {
    name: 'help',
    usage: '/help',
    describe: 'this list',
    run: (_rest, { help }) => help(),
  },
  { name: 'quit', usage: '/quit', describe: 'leave the chat', run: (_rest, { quit }) => quit() },
  {
    name: 'who',
    usage: '/who',
    describe: 'presence, trust and fingerprint of the other side',
    run: (_rest, { who }) => who(),
  },
  {
    name: 'history',
    usage: '/history N',
    describe: `the last N lines again (${defaultHistory} without a number)`,
    run(rest, { history, notice }) {
      const limit = rest === '' ? defaultHistory : Number(rest)
      if (Number.isInteger(limit) && limit > 0 && limit <= 1000) return history(limit)
      notice('How many lines? A whole number from 1 to 1000, for example /history 50')
    },
  },
  {
    name: 'search',
    usage: '/search TEXT',
    describe: 'lines of this chat that contain a text',
    run(rest, { search, notice }) {
      if (rest !== '') return search(rest)
      notice('What to search for? For example /search invoice')
    },
  },
  {
    name: 'verify',
    usage: '/verify [NUMBER]',
    describe: 'show the safety number, or compare the one they read to you',
    run: (rest, { verify }) => verify(rest),
  },
  {
    name: 'trust',
    usage: '/trust',
    describe: 'accept their changed key and go on',
    run: (_rest, { trust }) => trust(),
  },
  {
    name: 'away',
    usage: '/away [TEXT]',
    describe: 'be shown as away',
    run: (rest, { presence }) => presence('away', rest),
  },
  {
    name: 'back',
    usage: '/back',
    describe: 'be shown as online again',
    run: (_rest, { presence }) => presence('online', ''),
  },
  {
    name: 'me',
    usage: '/me TEXT',
    describe: 'say what you do: "* you wave"',
    run(rest, { say, notice }) {
      if (rest === '') notice('What do you do? For example /me waves')
      else say(`* ${rest}`)
    },
  },
  {
    name: 'editor',
    usage: '/editor [TEXT]',
    describe: 'write a long message in your editor ($VISUAL or $EDITOR)',
    run: (rest, { edit }) => edit(rest),
  },
  {
    name: 'notify',
    usage: '/notify on|off',
    describe: 'a bell for incoming lines, in this chat',
    complete: startsWith(['on', 'off']),
    run(rest, { setNotify, notice }) {
      if (rest === 'on' || rest === 'off') setNotify(rest)
      else notice('Say /notify on or /notify off')
    },
  },
  {
    name: 'retry',
    usage: '/retry',
    describe: 'try now to send what waits',
    run: (_rest, { retry }) => retry(),
  },
  {
    name: 'clear',
    usage: '/clear',
    describe: 'clear the screen',
    run: (_rest, { clear }) => clear(),
  },
]

export function helpText(
  commands: ReadonlyArray<Pick<SlashCommand, 'usage' | 'describe'>>,
): string {
  const width = Math.max(...commands.map(({ usage }) => usage.length))
  const rows = commands.map(({ usage, describe }) => `${usage.padEnd(width)}  ${describe}`)
  return [
    ...rows,
    'Enter sends. Alt-Enter, or a backslash at the end, makes a line break. //text sends "/text".',
    'Tab completes. Up and Down walk what you typed. Ctrl-C clears the line, twice leaves.',
  ].join('\n')
}
