import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { signUp } from '../../setup/account.ts'
import { cliJson, runCli } from '../../setup/cli.ts'
import { serverProgram } from '../../setup/paths.ts'
import { makePerson } from '../../setup/people.ts'
import { type Home, makeHome, removeHomes } from '../../setup/scratch.ts'
import { freePort, killServers, startServer } from '../../setup/server.ts'
import { canMount, mountSmallDisk, unmountSmallDisks } from '../../setup/small-disk.ts'

jest.setTimeout(120_000)

afterAll(() => {
  killServers()
  unmountSmallDisks()
  removeHomes()
})

const onSmallDisk = canMount() ? test : test.skip

/** A command of the server that ends by itself. */
function serverCommand(home: Home, args: readonly string[], env: Record<string, string>) {
  const { status, stderr } = spawnSync(process.execPath, [serverProgram, ...args], {
    env: { ...home.env, ...env },
    cwd: home.folder,
    encoding: 'utf8',
    timeout: 20_000,
  })
  return { code: status, stderr }
}

onSmallDisk(
  'the server says at its start in one sentence that the disk is full, and starts once it is not',
  async () => {
    const home = makeHome()
    const disk = mountSmallDisk(home, 4)
    const dataDir = join(disk.folder, 'data')
    const env = { DATA_DIR: dataDir, PORT: String(await freePort()) }
    const fullDisk = /^The disk that holds \S+ is full\. Free some space and try again\.\n$/
    disk.fill()
    expect(serverCommand(home, ['start'], env)).toEqual({
      code: 1,
      stderr: expect.stringMatching(fullDisk),
    })
    disk.free()
    const server = await startServer({ DATA_DIR: dataDir })
    await server.stop()
    // With data that was closed in order there are no side files yet, and no room to make them.
    disk.fill()
    expect(serverCommand(home, ['start'], env)).toEqual({
      code: 1,
      stderr: expect.stringMatching(fullDisk),
    })
    disk.free()
    await (await startServer({ DATA_DIR: dataDir })).stop()
  },
)

onSmallDisk(
  'a running server whose disk fills up promises nothing, says so, and goes on when there is room',
  async () => {
    const disk = mountSmallDisk(makeHome(), 6)
    const server = await startServer({ DATA_DIR: join(disk.folder, 'data') })
    const alice = await signUp(server.url, 'alice')
    const bob = await signUp(server.url, 'bob')
    const send = (text: string) => alice.call('POST', '/chat/bob', { message: text.padEnd(20_000) })
    disk.fill()
    const acknowledged: string[] = []
    let refusal: Awaited<ReturnType<typeof send>> | undefined
    // The log of the database still has room for a few.
    for (let n = 0; n < 500 && refusal === undefined; n++) {
      const answer = await send(`message ${n}`)
      if (answer.status === 200) acknowledged.push(`message ${n}`)
      else refusal = answer
    }
    expect(refusal).toMatchObject({
      status: 503,
      code: 'queue_unavailable',
      body: {
        detail: expect.stringMatching(/disk .* is full.*[Nn]othing of it is promised.*try again/),
      },
    })
    expect(Number(refusal?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503)
    expect((await fetch(`${server.url}/livez`)).status).toBe(200)
    disk.free()
    expect(await send('after')).toMatchObject({ status: 200 })
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    const { body } = await bob.call('GET', '/chat/messages?limit=1000')
    const read = Array.isArray(body.messages) ? body.messages : []
    expect(read.map(({ message }) => message.trim())).toEqual([...acknowledged, 'after'])
  },
)

onSmallDisk(
  'the CLI says in one sentence that the disk is full, loses nothing, and goes on when there is room',
  async () => {
    const server = await startServer()
    const [alice, bob] = [await makePerson(server, 'alice'), await makePerson(server, 'bob')]
    await cliJson(bob, ['send', 'alice', 'before'])
    const disk = mountSmallDisk(alice, 4)
    const here = { ...alice.env, XDG_DATA_HOME: disk.folder, XDG_CONFIG_HOME: disk.folder }
    const moved: Home = { ...alice, env: here }
    const register = await runCli(moved, ['register', 'carol'])
    expect(register).toMatchObject({ code: 0 })
    await cliJson(moved, ['send', 'bob', 'while there is room'])
    disk.fill()
    const commands = [
      ['send', 'bob', 'no room'],
      ['messages'],
      ['config', 'set', 'notify', 'bell'],
      ['register', 'dora', '--profile', 'other'],
    ]
    for (const command of commands) {
      const result = await runCli(moved, [...command, '--json'])
      expect(result.code).toBe(1)
      const { error } = JSON.parse(result.stdout)
      expect({ command, code: error.code }).toEqual({ command, code: 'disk_full' })
      expect(error.message).toMatch(/^[^\n]*(disk is full|no space left)[^\n]*\.$/)
    }
    disk.free()
    await cliJson(moved, ['send', 'bob', 'room again'])
    const { messages } = Object(await cliJson(moved, ['messages', 'bob']))
    expect(messages).toMatchObject([{ text: 'while there is room' }, { text: 'room again' }])
    expect(readdirSync(disk.folder, { recursive: true }).join('\n')).not.toContain('damaged')
  },
)
