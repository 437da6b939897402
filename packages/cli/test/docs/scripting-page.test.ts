import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { finished, nodeArgs, type Run } from '../support/cli.ts'
import { makeWorld, type World } from '../support/world.ts'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/scripting.md'), 'utf8')
const scripts = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, script = '']) => script)

let world: World

beforeAll(async () => {
  world = await makeWorld(['alice', 'bob'])
  const { dir } = world.home
  mkdirSync(join(dir, 'bin'))
  symlinkSync(process.execPath, join(dir, 'bin/node'))
  const program = join(dir, 'bin/secure-chat')
  writeFileSync(
    program,
    `#!/bin/sh\nexec '${process.execPath}' ${nodeArgs.map((arg) => `'${arg}'`).join(' ')} "$@"\n`,
  )
  chmodSync(program, 0o755)
  for (const [, name, code = ''] of page.matchAll(/^```js\n\/\/ (\S+)\n([\s\S]*?)^```/gm)) {
    writeFileSync(join(dir, String(name)), code)
  }
}, 60_000)
afterAll(() => world.close())

function runScript(script: string): Promise<Run> {
  const { dir, env } = world.home
  const path = `${join(dir, 'bin')}:${env.PATH}`
  const child = spawn('sh', ['-eu', '-c', script], { cwd: dir, env: { ...env, PATH: path } })
  child.stdin.end()
  return finished(child)
}

test('every script of docs/scripting.md runs, in order, and says nothing on stderr', async () => {
  const outputs: string[] = []
  for (const script of scripts) {
    const { code, stdout, stderr } = await runScript(script)
    expect({ script, code, stderr }).toEqual({ script, code: 0, stderr: '' })
    outputs.push(stdout)
  }
  expect(outputs.length).toBeGreaterThanOrEqual(7)
  const all = outputs.join('')
  expect(all).toContain('name\tops')
  expect(all).toMatch(/^sent$/m)
  expect(all).toMatch(/ops wrote at .*: the nightly job has begun/)
  expect(all).toContain('You said: hello, bot')
}, 120_000)
