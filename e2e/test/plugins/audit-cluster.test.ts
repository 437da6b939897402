/** The audit plugin on two nodes over one MongoDB: each records what it stored, and both serve the same log. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { type Account, signUp } from '../../setup/account.ts'
import { runCli } from '../../setup/cli.ts'
import { type Cluster, startCluster } from '../../setup/cluster.ts'
import { eventually } from '../../setup/eventually.ts'
import { root } from '../../setup/paths.ts'
import { makePerson } from '../../setup/people.ts'
import { type Home, makeHome } from '../../setup/scratch.ts'
import { tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(240_000)

const plugin = join(root, 'plugins/audit')

describeWithServices('two nodes that record', () => {
  let cluster: Cluster
  let carol: Home
  let alice: Account
  let dora: Account

  beforeAll(async () => {
    const config = join(makeHome().folder, 'secure-chat.config.json')
    const entry = {
      use: plugin,
      grant: ['onEnvelopeStored', 'routes'],
      config: { auditors: ['carol', 'dora'] },
    }
    writeFileSync(config, JSON.stringify({ plugins: [entry] }), { mode: 0o600 })
    cluster = await startCluster({ env: { SECURE_CHAT_CONFIG: config } })
    carol = await makePerson(cluster.nodes[0], 'carol')
    await runCli(carol, ['plugins', 'link', plugin])
    alice = await signUp(cluster.nodes[0].url, 'alice')
    dora = await signUp(cluster.nodes[0].url, 'dora')
    await signUp(cluster.nodes[0].url, 'bob')
  }, 180_000)
  afterAll(tearDown)

  async function sendThrough(count: number): Promise<void> {
    const nodes = cluster.urls.map((url) => alice.at(url))
    const sent = await Promise.all(
      Array.from({ length: count }, (_, at) =>
        nodes[at % nodes.length]?.call('POST', '/chat/bob', { message: `message ${at}` }),
      ),
    )
    expect(new Set(sent.map((answer) => answer?.status))).toEqual(new Set([200]))
  }

  async function verify() {
    // A node that is asked writes down what it has before it answers.
    for (const url of cluster.urls) {
      expect(await dora.at(url).call('GET', '/plugins/audit/checkpoint')).toMatchObject({
        status: 200,
      })
    }
    const { code, stdout } = await runCli(carol, ['audit', 'verify', '--json'])
    return { code, report: JSON.parse(stdout) }
  }

  async function toBob(): Promise<number> {
    const { stdout } = await runCli(carol, ['audit', 'list', '--user', 'bob', '--limit', '10000'])
    return stdout.trim().split('\n').length
  }

  test('at once: a chain each, good together, and no message more or less', async () => {
    await sendThrough(200)
    const { code, report } = await verify()
    expect(code).toBe(0)
    expect(report).toMatchObject({
      valid: true,
      chains: [{ state: 'running' }, { state: 'running' }],
    })
    expect(await toBob()).toBe(200)
  })

  test('one that is killed: the other goes on, and the next start makes a third chain', async () => {
    const [, second] = cluster.nodes
    if (second === undefined) throw new Error('there are two nodes')
    await second.kill()
    for (let at = 0; at < 20; at++) await alice.call('POST', '/chat/bob', { message: `one ${at}` })
    await second.start()
    await sendThrough(20)
    const { code, report } = await verify()
    expect(code).toBe(0)
    expect(report.chains).toHaveLength(3)
    expect(await toBob()).toBe(240)
  })

  test('while the database is away nothing is lost that was stored', async () => {
    await cluster.mongo.kill()
    await cluster.mongo.start()
    await eventually('messages are taken again', 60_000, async () => {
      const { status } = await alice.call('POST', '/chat/bob', { message: 'again' })
      return status === 200
    })
    const before = await toBob()
    await sendThrough(20)
    const { report } = await verify()
    expect(report).toMatchObject({ valid: true, missed: 0, broken: [] })
    expect(await toBob()).toBeGreaterThanOrEqual(before + 20)
  })
})
