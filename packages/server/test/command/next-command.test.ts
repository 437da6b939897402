import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nextCommand } from '../../src/command/next-command.ts'

const scratch = mkdtempSync(join(tmpdir(), 'secure-chat-next-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const here = 'http://127.0.0.1:8000'

test('npx is named only where it finds the program, which is else fetched from whoever has its name', () => {
  const inside = join(scratch, 'project/deep')
  mkdirSync(inside, { recursive: true })
  const type = () => nextCommand({ url: here, registration: 'open', cwd: inside })
  expect(type()).toBe('secure-chat register alice')
  mkdirSync(join(scratch, 'project/node_modules/.bin'), { recursive: true })
  writeFileSync(join(scratch, 'project/node_modules/.bin/secure-chat'), '')
  expect(type()).toBe('npx secure-chat register alice')
})

test('another address is named, and where nobody may register the command is to sign in', () => {
  const url = 'https://chat.example'
  expect(nextCommand({ url, registration: 'closed', cwd: scratch })).toBe(
    'secure-chat login NAME --server https://chat.example',
  )
})
