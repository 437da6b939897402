/** A shell in a terminal, as the reader of a page has it open. */
import { eventually } from './eventually.ts'
import type { Home } from './scratch.ts'
import { openTerminal } from './terminal.ts'

export type Shell = {
  /** Types it, answers what it asks, and waits for its end. */
  run(command: string, withinMs?: number): Promise<{ readonly code: number; readonly text: string }>
  /** Types it and leaves it running; resolves when the screen shows what is awaited. */
  start(command: string, awaited: RegExp): Promise<void>
  /** Into what runs; resolves when the screen shows what is awaited. */
  type(text: string, awaited?: (screen: string) => boolean): Promise<void>
  /** Ctrl-C, and the prompt is back. */
  interrupt(): Promise<void>
  kill(): void
}

/** What commands ask, and what a reader answers: [asked, answer]. */
export type Answers = ReadonlyArray<readonly [asked: RegExp, answer: string]>

const patienceMs = 60_000
/** Unlike anything that a command prints. */
const prompt = /^\[exit (\d+)\]\$ /gm

export async function openShell(home: Home, folder: string, answers: Answers): Promise<Shell> {
  const env = { PS1: '[exit $?]$ ', ENV: '' }
  const terminal = openTerminal(home, '/bin/sh', [], { env, columns: 240 })
  const screen = async () => (await terminal.lines()).map((line) => `${line} `).join('\n')
  const prompts = async () => [...(await screen()).matchAll(prompt)]
  const answered = answers.map(() => 0)

  function answer(): void {
    for (const [index, [asked, reply]] of answers.entries()) {
      const count = [...terminal.raw().matchAll(new RegExp(asked, 'g'))].length
      if (count <= (answered[index] ?? 0)) continue
      answered[index] = count
      terminal.type(`${reply}\r`)
    }
  }
  async function whenEnded(what: string, before: number, withinMs: number) {
    const isEnded = async () => {
      answer()
      return (await prompts()).length > before
    }
    await eventually(`the end of: ${what}`, withinMs, isEnded).catch(async (error: unknown) => {
      throw new Error(`${error}\n${await screen()}`)
    })
  }

  const shell: Shell = {
    async run(command, withinMs = patienceMs) {
      const before = (await prompts()).length
      terminal.type(`${command}\r`)
      await whenEnded(command, before, withinMs)
      const [begun, ended] = (await prompts()).slice(-2)
      const text = (await screen()).slice(begun?.index, ended?.index)
      return { code: Number(ended?.[1]), text }
    },
    async start(command, awaited) {
      const before = (await screen()).length
      await shell.type(command, (text) => awaited.test(text.slice(before)))
    },
    async type(text, awaited = () => true) {
      terminal.type(`${text}\r`)
      const isThere = async () => {
        answer()
        return awaited(await screen())
      }
      await eventually(`an answer to: ${text}`, patienceMs, isThere).catch(async (error) => {
        throw new Error(`${error}\n${await screen()}`)
      })
    },
    async interrupt() {
      const before = (await prompts()).length
      terminal.type('\x03')
      await whenEnded('what runs', before, patienceMs)
    },
    kill: () => terminal.kill('SIGKILL'),
  }
  await whenEnded('the start of the shell', 0, patienceMs)
  await shell.run(`cd '${folder}'`)
  return shell
}
