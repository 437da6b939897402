/** Plays a scene: a real server, two accounts, and a shell in a pseudo-terminal. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cliJson } from '../setup/cli.ts'
import { cliProgram, root } from '../setup/paths.ts'
import { makePerson } from '../setup/people.ts'
import { type Home, makeHome } from '../setup/scratch.ts'
import { freePort, startServer } from '../setup/server.ts'
import { openCliTerminal, openTerminal, type Terminal } from '../setup/terminal.ts'
import { capture } from './capture.ts'
import { masked } from './mask.ts'
import type { Scene } from './scene.ts'
import { svgOf } from './svg.ts'

/** The picture. What was begun for it ends with `tearDown`, but the shell and the server, which end with the scene. */
export async function play(scene: Scene): Promise<string> {
  const { columns, plugins = [], masks } = scene
  const server = await serverFor(scene)
  const [alice, bob] = await Promise.all([makePerson(server, 'alice'), makePerson(server, 'bob')])
  for (const folder of plugins) await cliJson(alice, ['plugins', 'link', join(root, folder)])
  const shell = openTerminal(alice, '/bin/bash', ['--norc', '--noprofile', '--noediting', '-i'], {
    columns,
    rows: 40,
    env: { PS1: '$ ', PATH: pathWithProgram(alice), BASH_SILENCE_DEPRECATION_WARNING: '1' },
  })
  const terminals = [shell]
  try {
    await shell.until(/^\$$/m)
    await scene.play({ server, alice, bob, shell, bobJoins })
    // What is drawn comes in pieces; the line that is typed is the last of them.
    await shell.until(/\n[$>][^\n]*$/)
    return svgOf(masked(capture(await shell.buffer()), masks), scene)
  } finally {
    for (const terminal of terminals) terminal.kill('SIGKILL')
    await server.stop()
  }

  async function bobJoins(): Promise<Terminal> {
    const terminal = openCliTerminal(bob, ['chat', 'alice'])
    terminals.push(terminal)
    await terminal.until('alice [pinned]')
    return terminal
  }
}

async function serverFor({ config }: Scene) {
  if (config === undefined) return startServer()
  const home = makeHome()
  writeFileSync(join(home.folder, 'secure-chat.config.json'), JSON.stringify(config(home.folder)))
  return startServer({}, { home, port: await freePort() })
}

/** `secure-chat` as it is called once it is installed. */
function pathWithProgram({ folder, env }: Home): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  symlinkSync(cliProgram, join(bin, 'secure-chat'))
  return `${bin}:${env.PATH}`
}
