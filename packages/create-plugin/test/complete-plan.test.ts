import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readArguments } from '../src/arguments.ts'
import { completePlan, type Questions } from '../src/complete-plan.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'secure-chat-create-'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

const plan = (typed: string[], questions?: Questions) =>
  completePlan(readArguments(typed), cwd, questions)

/** Answers, and remembers what it was asked. */
function somebody(...names: string[]) {
  const asked: string[] = []
  const complaints: Array<string | undefined> = []
  const questions: Questions = {
    async name(complain) {
      asked.push('name')
      for (const name of names) {
        const complaint = complain(name)
        complaints.push(complaint)
        if (complaint === undefined) return name
      }
      throw new Error('no more answers')
    },
    async halves() {
      asked.push('halves')
      return ['cli']
    },
  }
  return { questions, asked, complaints }
}

describe('with somebody to ask', () => {
  test('asks for what is missing and for nothing else', async () => {
    const { questions, asked } = somebody('foo')
    const folder = join(cwd, 'secure-chat-plugin-foo')
    expect(await plan([], questions)).toEqual({ name: 'foo', halves: ['cli'], folder })
    expect(asked.splice(0)).toEqual(['name', 'halves'])
    expect(await plan(['bar'], questions)).toMatchObject({ name: 'bar', halves: ['cli'] })
    expect(asked.splice(0)).toEqual(['halves'])
    await plan(['--server'], questions)
    expect(asked.splice(0)).toEqual(['name'])
    await plan(['bar', '--both'], questions)
    await plan(['bar', '--yes'], questions)
    expect(asked).toEqual([])
  })

  test('asks again for a name that is none, or whose folder is taken', async () => {
    mkdirSync(join(cwd, 'secure-chat-plugin-taken/src'), { recursive: true })
    const { questions, complaints } = somebody('No Name', 'taken', 'help', 'foo')
    expect(await plan(['--cli'], questions)).toMatchObject({ name: 'foo' })
    expect(complaints).toEqual([
      expect.stringContaining('cannot be the name'),
      expect.stringContaining('not empty'),
      expect.stringContaining('/help of its own'),
      undefined,
    ])
  })

  test('does not ask at all where what was typed cannot be done', async () => {
    const { questions, asked } = somebody('foo')
    writeFileSync(join(cwd, 'file'), '')
    await expect(plan(['No Name'], questions)).rejects.toMatchObject({ exitCode: 2 })
    await expect(plan(['foo', '--dir', 'file'], questions)).rejects.toMatchObject({ exitCode: 1 })
    expect(asked).toEqual([])
  })
})

describe('with nobody to ask', () => {
  test.each([
    [[], 'npm create secure-chat-plugin NAME -- --server, --cli or --both'],
    [['--server'], 'npm create secure-chat-plugin NAME -- --server'],
    [['--yes'], 'a name'],
    [['foo'], 'npm create secure-chat-plugin foo -- --server, --cli or --both'],
  ])('%j: says what to type', async (typed, said) => {
    await expect(plan(typed)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(said),
    })
  })

  test('--yes is both halves unless said otherwise, in a folder of the package’s name', async () => {
    const folder = join(cwd, 'secure-chat-plugin-foo')
    expect(await plan(['foo', '--yes'])).toEqual({ name: 'foo', halves: ['server', 'cli'], folder })
    expect(await plan(['foo', '-y', '--server', '--dir', 'a/b'])).toEqual({
      name: 'foo',
      halves: ['server'],
      folder: join(cwd, 'a/b'),
    })
  })
})
