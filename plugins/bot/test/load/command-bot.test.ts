import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { BotHandle, BotMessage } from '../../src/bot.ts'
import { commandBot } from '../../src/load/command-bot.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'secure-chat-bot-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function answer(command: string, text = 'hello', signal = new AbortController().signal) {
  const message: BotMessage = {
    id: 'i',
    from: 'alice',
    at: 'now',
    text,
    rest: text,
    trust: 'verified',
  }
  const handle: BotHandle = Object.assign(Object.create(null), { signal })
  return commandBot(command).onMessage?.(message, handle)
}

test('what it prints is the answer, without the last line break', async () => {
  expect(await answer('printf "two\\nlines\\n"')).toBe('two\nlines')
  expect(await answer('true')).toBeUndefined()
})

test('gets the message as JSON, whatever is in it, and nothing of it in the command', async () => {
  const mark = join(folder, 'mark')
  const text = `$(touch ${mark}) \`touch ${mark}\` '; touch ${mark}; "\n--help`
  expect(JSON.parse(String(await answer('cat', text)))).toEqual({
    id: 'i',
    from: 'alice',
    at: 'now',
    text,
    trust: 'verified',
  })
  expect(existsSync(mark)).toBe(false)
})

test('one that fails, or prints without end, gives no answer', async () => {
  await expect(answer('echo half; exit 3')).rejects.toThrow('ended with 3')
  await expect(answer('no-such-command-anywhere 2>/dev/null')).rejects.toThrow('ended with 127')
  await expect(answer('yes')).rejects.toThrow('more than 128 KiB')
})

test('one that is late is ended with everything that it started', async () => {
  const late = new AbortController()
  const pending = answer('sleep 1000 & sleep 1000', 'hello', late.signal)
  late.abort()
  await expect(pending).rejects.toThrow('SIGKILL')
})
