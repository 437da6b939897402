/** With a stand-in for the workspace's Node; whether this one is too old is decided by the caller. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { finished, linesOf } from '../support/cli.ts'

const source = join(import.meta.dirname, '../../bin/newer-node.js')
let root: string
let script: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'secure-chat-newer-'))
  const bin = join(root, 'packages/cli/bin')
  mkdirSync(bin, { recursive: true })
  cpSync(source, join(bin, 'newer-node.js'))
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  script = join(bin, 'run.js')
  writeFileSync(
    script,
    `import { runWithNewerNode } from './newer-node.js'
runWithNewerNode(import.meta.url, () => { process.stdout.write('refused\\n'); process.exitCode = 1 })`,
  )
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function bringNode(shell: string): void {
  const folder = join(root, `node_modules/node-${process.platform}-${process.arch}/bin`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'node'), `#!/bin/sh\n${shell}\n`)
  chmodSync(join(folder, 'node'), 0o755)
}

const start = (...args: string[]) => spawn(process.execPath, [script, ...args])

test('runs the same command line with the Node up the folder tree, and ends with its exit code', async () => {
  bringNode('printf "%s|" "$@"; cat; exit 7')
  const child = start('send', 'bob', 'two words')
  child.stdin.end('from stdin')
  expect(await finished(child)).toEqual({
    code: 7,
    stdout: `${script}|send|bob|two words|from stdin`,
    stderr: '',
  })
})

test('refuses where there is none, or none but itself', async () => {
  expect(await finished(start())).toMatchObject({ code: 1, stdout: 'refused\n' })
})

test('passes on a signal that the other sends as its first act, on a machine too busy to go on after the start', async () => {
  const slowSpawn = join(root, 'slow-spawn.cjs')
  writeFileSync(
    slowSpawn,
    `const childProcess = require('node:child_process')
const { spawn } = childProcess
childProcess.spawn = (...args) => {
  const child = spawn(...args)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
  return child
}
require('node:module').syncBuiltinESMExports()`,
  )
  bringNode('trap "exit 9" TERM; kill -TERM $PPID; for n in $(seq 100); do sleep 0.05; done')
  const child = spawn(process.execPath, ['--require', slowSpawn, script])
  expect(await once(child, 'exit')).toEqual([9, null])
})

test('passes signals on, and ends by the signal that ended the other', async () => {
  bringNode('trap "echo told; exit 9" TERM; echo ready; while :; do sleep 0.05; done')
  const told = start()
  const lines = linesOf(told)
  expect(await lines.next()).toMatchObject({ value: 'ready' })
  told.kill('SIGTERM')
  expect(await once(told, 'exit')).toEqual([9, null])
  bringNode('kill -KILL $$')
  const killed = start()
  await finished(killed)
  expect(killed.signalCode).toBe('SIGKILL')
})

test('is the same in the server, which has no package to take it from', () => {
  const text = (path: string) => readFileSync(path, 'utf8').replace(/^\/\*\*.*?\*\/\n/s, '')
  expect(text(join(source, '../../../server/bin/newer-node.js'))).toBe(text(source))
})
