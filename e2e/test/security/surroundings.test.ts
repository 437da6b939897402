import { createServer, type Server as HttpServer, request as httpRequest } from 'node:http'
import { jest } from '@jest/globals'
import { cliJson, runCli } from '../../setup/cli.ts'
import { makePerson } from '../../setup/people.ts'
import { type Home, removeHomes } from '../../setup/scratch.ts'
import { freePort, killServers, type Server, startServer } from '../../setup/server.ts'

jest.setTimeout(120_000)

let server: Server
let alice: Home
let bob: Home
const proxies: HttpServer[] = []

beforeAll(async () => {
  server = await startServer()
  ;[alice, bob] = [await makePerson(server, 'alice'), await makePerson(server, 'bob')]
})

afterAll(() => {
  for (const proxy of proxies) proxy.close()
  killServers()
  removeHomes()
})

/** The real process with a wall clock that is off. */
function withClockOff(ms: number): { env: Record<string, string> } {
  const shift = `const now = Date.now; Date.now = () => now() + (${ms})`
  return { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shift)}` } }
}

const hour = 3_600_000

test.each([hour, -hour])(
  'with a clock off by %i ms messages go and come, and doctor names it',
  async (off) => {
    const sent = await runCli(alice, ['send', 'bob', `off by ${off}`], withClockOff(off))
    expect(sent).toMatchObject({ code: 0 })
    const read = await runCli(bob, ['messages', 'alice'], withClockOff(off))
    expect(read.stdout).toContain(`off by ${off}`)
    const { code, stdout } = await runCli(alice, ['doctor'], withClockOff(off))
    expect(code).toBe(1)
    expect(stdout).toMatch(/^clock\tproblem\t3\d{3} s (ahead of|behind) the server\tSet the clock/m)
  },
)

test('a clock that is off and a server that cannot prove its time: said plainly, nothing believed', async () => {
  const url = await unprovenTime(server.url)
  // The profile belongs to the address it signed in at.
  const home = await makePerson({ ...server, url }, 'carol')
  const result = await runCli(home, ['users', '--json'], withClockOff(hour))
  expect(result).toMatchObject({ code: 3 })
  const { error } = JSON.parse(result.stdout)
  expect(error).toMatchObject({
    code: 'bad_answer',
    message: expect.stringMatching(/^[^\n]*clock of this computer[^\n]*not believed[^\n]*$/),
    suggestions: [expect.stringMatching(/doctor/)],
  })
})

/** Passes everything on, without the proof of the server's time. */
async function unprovenTime(origin: string): Promise<string> {
  const proxy = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming
    const passed = httpRequest(origin + url, { method, headers }, async (answer) => {
      const chunks: Buffer[] = []
      for await (const chunk of answer) chunks.push(chunk)
      const { 'content-length': _, ...rest } = answer.headers
      outgoing.writeHead(answer.statusCode ?? 0, rest)
      outgoing.end(
        Buffer.concat(chunks)
          .toString()
          .replace(/"now_proof":"[^"]*"/, '"x":0'),
      )
    })
    incoming.pipe(passed)
  })
  proxies.push(proxy)
  const port = await freePort()
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve))
  return `http://127.0.0.1:${port}`
}

test('without a server every command says so in one sentence and what to type, and ends with 3', async () => {
  const own = await startServer()
  const home = await makePerson(own, 'dora')
  await own.stop()
  for (const args of [['users'], ['presence', 'get'], ['sessions'], ['keys', 'show', 'bob']]) {
    const { code, stdout } = await runCli(home, [...args, '--json'])
    const { error } = JSON.parse(stdout)
    expect({ args, code, error: error.code }).toEqual({
      args,
      code: 3,
      error: 'network_unreachable',
    })
    expect(error.message).toMatch(/^The server http:\S+ cannot be reached: [^\n]*\.$/)
    expect(error.suggestions[0]).toMatch(/doctor/)
  }
  const { stderr } = await runCli(home, ['users'])
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+/)
})

test('a message sent without a server is kept, and goes once when it is back', async () => {
  const own = await startServer()
  const [from, to] = [await makePerson(own, 'eva'), await makePerson(own, 'fred')]
  await cliJson(from, ['send', 'fred', 'first'])
  await own.stop()
  expect(await runCli(from, ['send', 'fred', 'kept'])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('is kept and goes out'),
  })
  const back = await own.restart()
  await cliJson(from, ['outbox', 'retry'])
  await cliJson(from, ['outbox', 'retry'])
  const { messages } = Object(await cliJson(to, ['messages', 'eva']))
  expect(messages).toMatchObject([{ text: 'first' }, { text: 'kept' }])
  await back.stop()
})
