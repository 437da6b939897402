import { jest } from '@jest/globals'
import { cliJson, runCli } from '../setup/cli.ts'
import { makePerson } from '../setup/people.ts'
import { removeHomes } from '../setup/scratch.ts'
import { killServers, startServer } from '../setup/server.ts'

jest.setTimeout(180_000)

const rounds = Number(process.env.SOAK_ROUNDS ?? 3)

afterAll(() => {
  killServers()
  removeHomes()
})

type Sent = {
  readonly sent?: ReadonlyArray<{ id: string; state: string }>
  id?: string
  state?: string
}

test('kill -9 of the server under load loses no acknowledged message and starts clean again', async () => {
  let server = await startServer()
  const [alice, bob] = await Promise.all([makePerson(server, 'alice'), makePerson(server, 'bob')])
  await cliJson(alice, ['send', 'bob', 'the key exchange'])
  const acknowledged: string[] = []
  for (let round = 0; round < rounds; round++) {
    const sending = Array.from({ length: 6 }, async (_, index) => {
      const text = `round ${round} number ${index}`
      const result = await runCli(alice, ['send', 'bob', text, '--json'])
      if (result.code !== 0) return
      const sent = JSON.parse(result.stdout) as Sent
      if (sent.state === 'sent') acknowledged.push(text)
    })
    await Promise.race(sending)
    await server.kill('SIGKILL')
    await Promise.all(sending)
    server = await server.restart()
  }
  // What was kept while the server was away goes out with the next message, once.
  await cliJson(alice, ['send', 'bob', 'the last one'])
  const { messages } = (await cliJson(bob, ['messages', 'alice', '--limit', '1000'])) as {
    messages: ReadonlyArray<{ text: string }>
  }
  const texts = messages.map(({ text }) => text)
  expect(texts).toEqual(expect.arrayContaining(acknowledged))
  expect(acknowledged.length).toBeGreaterThanOrEqual(rounds)
  expect(new Set(texts).size).toBe(texts.length)
  await server.stop()
})
