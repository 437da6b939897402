import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { signUp } from '../../setup/account.ts'
import { root } from '../../setup/paths.ts'
import { removeHomes } from '../../setup/scratch.ts'
import { killServers, startServer } from '../../setup/server.ts'

jest.setTimeout(90_000)

const open: Socket[] = []

afterAll(() => {
  for (const socket of open) socket.destroy()
  killServers()
  removeHomes()
})

/** Sends a beginning and nothing more; what the server says before it hangs up. */
function begin(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  open.push(socket)
  socket.write(text)
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk
  })
  return new Promise((resolve) => socket.once('close', () => resolve(answer)))
}

test('headers and bodies that never end are given up, and others are served meanwhile', async () => {
  const server = await startServer()
  const headers = Array.from({ length: 200 }, () =>
    begin(server.url, 'POST /chat/auth/login HTTP/1.1\r\nHost: x\r\nX-Slow: '),
  )
  const bodies = Array.from({ length: 20 }, () =>
    begin(
      server.url,
      'POST /chat/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"na',
    ),
  )
  const alice = await signUp(server.url, 'alice')
  expect(await alice.call('GET', '/chat/users')).toMatchObject({ status: 200 })
  for (const answer of await Promise.all(headers)) expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  for (const answer of await Promise.all(bodies)) expect(answer).toMatch(/^(HTTP\/1\.1 408 |$)/)
  expect(await alice.call('GET', '/chat/users')).toMatchObject({ status: 200 })
  await server.stop()
})

test('no command takes a secret as a flag or an argument', () => {
  const manifest: {
    commands: Record<string, { flags: Record<string, { type: string }>; args: object }>
  } = JSON.parse(readFileSync(join(root, 'packages/cli/oclif.manifest.json'), 'utf8'))
  const secret = /pass|secret|token|pin\b|private/i
  const found = Object.entries(manifest.commands).flatMap(([command, { flags, args }]) => [
    ...Object.entries(flags)
      .filter(([name, { type }]) => secret.test(name) && type !== 'boolean' && !/-file$/.test(name))
      .map(([name]) => `${command} --${name}`),
    ...Object.keys(args)
      .filter((name) => secret.test(name))
      .map((name) => `${command} ${name}`),
  ])
  expect(Object.keys(manifest.commands)).toContain('register')
  expect(found).toEqual([])
})
