import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { Config } from '@oclif/core/config'
import { captureOutput, runCommand } from '@oclif/test'

const root = join(import.meta.dirname, '../../src')
const manifest = JSON.parse(readFileSync(join(root, '../package.json'), 'utf8'))
const oclif = { ...manifest.oclif, commands: './commands', helpClass: './help/help.ts' }
const program = { root, pjson: { ...manifest, oclif } }

let commands: Config['commands']

beforeAll(async () => {
  // oclif prints by console.log, which jest keeps for itself; @oclif/test watches the stream.
  jest.spyOn(console, 'log').mockImplementation((text) => void process.stdout.write(`${text}\n`))

  const config = await Config.load(program)
  commands = config.commands.filter(({ pluginName }) => pluginName === manifest.name)
}, 60_000)

describe('help', () => {
  test('of every command leads with examples that begin with the program', async () => {
    for (const { id } of commands) {
      const words = id.replaceAll(':', ' ')
      const { stdout, error } = await runCommand(['help', words], program)
      expect({ id, error }).toEqual({ id, error: undefined })
      expect(stdout.indexOf('EXAMPLES\n')).toBeGreaterThan(0)
      expect(stdout.indexOf('EXAMPLES\n')).toBeLessThan(stdout.indexOf('USAGE\n'))
      expect(stdout).toContain('  $ ')
    }
  }, 60_000)

  test('names every flag in its long form in examples, and never a secret', () => {
    for (const { id, examples } of commands) {
      for (const example of examples ?? []) {
        expect({ id, example }).toEqual({ id, example: expect.stringContaining('secure-chat ') })
        const own = String(example).replace(/'[^']*'/g, '')
        expect(own).not.toMatch(/ -[a-eg-zA-Z](?= |$)/)
        expect(String(example)).not.toMatch(/--(password|passphrase)(?= |=|$)/)
      }
    }
  })

  test('no flag and no argument takes a secret itself', () => {
    for (const { args, flags } of commands) {
      const names = [...Object.keys(args), ...Object.keys(flags)]
      expect(names.filter((name) => /^(password|passphrase|secret|token|key)$/.test(name))).toEqual(
        [],
      )
    }
  })

  test.each(['exit-codes', 'environment', 'scripting'])('has a page on %s', async (topic) => {
    const { stdout } = await runCommand(['help', topic], program)
    expect(stdout.split('\n').length).toBeGreaterThan(10)
  })

  test('an unknown command is an error, with nothing on stdout', async () => {
    const { stdout, error } = await runCommand(['nope'], program)
    expect(stdout).toBe('')
    expect(error?.oclif?.exit).toBe(127)
  })

  test('nothing is written by looking at the commands', async () => {
    const { stdout, stderr } = await captureOutput(async () => Config.load(program))
    expect(stdout + stderr).toBe('')
  })
})
