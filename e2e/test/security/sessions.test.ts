import { connect } from 'node:net'
import { jest } from '@jest/globals'
import { signUp } from '../../setup/account.ts'
import { runCli, startCli } from '../../setup/cli.ts'
import { makePerson } from '../../setup/people.ts'
import { removeHomes } from '../../setup/scratch.ts'
import { killServers, type Server, startServer } from '../../setup/server.ts'

jest.setTimeout(120_000)

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => {
  killServers()
  removeHomes()
})

test('logout ends the session at once: its stream ends, its next call is 401, others live on', async () => {
  const here = await signUp(server.url, 'alice')
  const there = await here.signInAgain()
  const stream = await fetch(`${server.url}/chat/stream`, {
    headers: { authorization: here.authorization('GET', '/chat/stream') },
  })
  expect(stream.status).toBe(200)
  const text = stream.text()
  expect(await here.call('POST', '/chat/auth/logout')).toMatchObject({ status: 200 })
  expect(await text).toMatch(/event: end\n(?:.*\n)*data: .*"code":"token_invalid"/)
  expect(await here.call('GET', '/chat/messages')).toMatchObject({
    status: 401,
    code: 'token_invalid',
  })
  expect(await there.call('GET', '/chat/messages')).toMatchObject({ status: 200 })
})

test('a session revoked from elsewhere ends a long poll and an open stream', async () => {
  const here = await signUp(server.url, 'bert')
  const there = await here.signInAgain()
  const stream = await fetch(`${server.url}/chat/stream`, {
    headers: { authorization: here.authorization('GET', '/chat/stream') },
  })
  const text = stream.text()
  const { body } = await here.call('GET', '/chat/messages')
  const after = encodeURIComponent(String(body.next))
  const poll = here.call('GET', `/chat/messages?after=${after}&wait=30`)
  const revoked = await there.call('DELETE', `/chat/auth/sessions/${here.sessionId}`)
  expect(revoked).toMatchObject({ status: 200 })
  expect(await text).toContain('event: end')
  expect(await poll).toMatchObject({ status: 401, code: 'token_invalid' })
})

test('a body that arrives after the logout is not acted on', async () => {
  const here = await signUp(server.url, 'carla')
  const reader = await signUp(server.url, 'dora')
  const body = { message: 'sent after the end' }
  const bytes = Buffer.from(JSON.stringify(body))
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  const answer = new Promise<string>((resolve) => {
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    socket.once('close', () => resolve(text))
  })
  socket.write(
    [
      'POST /chat/dora HTTP/1.1',
      `Host: ${hostname}:${port}`,
      `Authorization: ${here.authorization('POST', '/chat/dora', body)}`,
      'Content-Type: application/json',
      `Content-Length: ${bytes.length}`,
      'Connection: close',
      '',
      bytes.subarray(0, 5).toString(),
    ].join('\r\n'),
  )
  // A call that the server has answered is later than what it has read before.
  await here.call('GET', '/chat/users')
  expect(await here.call('POST', '/chat/auth/logout')).toMatchObject({ status: 200 })
  socket.write(bytes.subarray(5))
  expect(await answer).toMatch(/^HTTP\/1\.1 401 /)
  const { body: mailbox } = await reader.call('GET', '/chat/messages')
  expect(mailbox.messages).toEqual([])
})

test('the CLI: logout on one terminal ends what listens on another', async () => {
  const home = await makePerson(server, 'emil')
  const listening = startCli(home, ['listen'])
  await listening.until(/online/)
  expect(await runCli(home, ['logout'])).toMatchObject({ code: 0 })
  const ended = await listening.finished
  expect(ended.code).toBe(4)
  expect(await runCli(home, ['users'])).toMatchObject({ code: 4 })
})

test('password and key changes end the other sessions, and only those', async () => {
  const here = await signUp(server.url, 'fritz')
  const there = await here.signInAgain()
  const change = { password: here.password, new_password: 'quite another password' }
  expect(await here.call('POST', '/chat/auth/password', change)).toMatchObject({ status: 200 })
  expect(await there.call('GET', '/chat/messages')).toMatchObject({ code: 'token_invalid' })
  expect(await here.call('GET', '/chat/messages')).toMatchObject({ status: 200 })
})
