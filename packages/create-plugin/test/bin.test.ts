import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

const root = join(import.meta.dirname, '..')
const program = join(root, 'bin/create.js')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secure-chat-create-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Finished = { readonly code: number; readonly stdout: string; readonly stderr: string }

function run(...args: string[]): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
  })
}

describe('the program', () => {
  test('writes what its flags say and tells how to go on', async () => {
    const { code, stdout, stderr } = await run('foo', '--both')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('cd secure-chat-plugin-foo\n')
    expect(stdout).toContain('npm install\n')
    expect(readdirSync(folder)).toEqual(['secure-chat-plugin-foo'])
  })

  test('never asks without a terminal: exit code 2 and what to type', async () => {
    const { code, stdout, stderr } = await run('foo')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('npm create secure-chat-plugin foo -- --server, --cli or --both')
    expect(readdirSync(folder)).toEqual([])
  })

  test('writes nothing into a folder that is not empty', async () => {
    await run('foo', '--cli', '--dir', 'here')
    const second = await run('bar', '--cli', '--dir', 'here')
    expect(second.code).toBe(1)
    expect(second.stderr).toContain('is not empty, and nothing was written.')
    expect(readFileSync(join(folder, 'here/package.json'), 'utf8')).toContain('plugin-foo')
  })

  test('fills the folder it is in', async () => {
    expect(await run('foo', '--server', '--dir', '.')).toMatchObject({ code: 0 })
    expect(readdirSync(folder)).toContain('package.json')
  })

  test('says its version and how it is used', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
    const { stdout } = await run('--help')
    for (const flag of ['--server', '--cli', '--both', '--dir', '--yes', '--version']) {
      expect(stdout).toContain(flag)
    }
  })

  test('finds a newer Node as the command line does', () => {
    const text = (path: string) => readFileSync(path, 'utf8').replace(/^\/\*\*.*?\*\/\n/s, '')
    expect(text(join(root, 'bin/newer-node.js'))).toBe(text(join(root, '../cli/bin/newer-node.js')))
  })
})
