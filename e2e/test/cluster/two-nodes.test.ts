/** Two processes on one MongoDB and one Kafka: people do not notice which one serves them. */
import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { limits, signRequest } from '@secure-chat/protocol'
import { watchStream } from '../../load/watch-stream.ts'
import { type Account, post, send, signUp } from '../../setup/account.ts'
import { startBalancer } from '../../setup/balancer.ts'
import { cliJson, runCli, startCli } from '../../setup/cli.ts'
import { type Cluster, startCluster } from '../../setup/cluster.ts'
import { eventually } from '../../setup/eventually.ts'
import { topicOf, withAdmin } from '../../setup/kafka-by-others.ts'
import { makePerson } from '../../setup/people.ts'
import { startServer } from '../../setup/server.ts'
import { tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(60_000)

/** What the API promises of another node, and something for a machine that does other things too. */
const seenWithinMs = limits.revocationMaxDelayMs + 10_000

describeWithServices('two nodes', () => {
  let cluster: Cluster
  let a: string
  let b: string
  beforeAll(async () => {
    cluster = await startCluster()
    a = cluster.nodes[0].url
    b = cluster.urls[1] ?? ''
  }, 120_000)
  afterAll(tearDown)

  test('an account made on one is an account of the other, and a session too', async () => {
    const alice = await signUp(a, 'alice')
    const elsewhere = await alice.at(b).signInAgain()
    expect(await alice.at(b).call('GET', '/chat/users')).toMatchObject({ status: 200 })
    expect(await elsewhere.at(a).call('GET', '/chat/messages')).toMatchObject({ status: 200 })
    const again = { name: 'alice', password: alice.password, 'pub-key': alice.publicPem }
    expect(await post(`${b}/chat/auth/register`, again)).toMatchObject({ code: 'name_taken' })
    const { server_id: idOfA } = Object(await (await fetch(`${a}/.well-known/secure-chat`)).json())
    const { server_id: idOfB } = Object(await (await fetch(`${b}/.well-known/secure-chat`)).json())
    expect(idOfB).toBe(idOfA)
  })

  test('a message sent on one reaches a stream on the other, and is read on both by the same cursor', async () => {
    const [sender, reader] = [await signUp(a, 'anna'), await signUp(a, 'bert')]
    const stream = await watchStream(reader, [b])
    const { body } = await sender.call('POST', '/chat/bert', { message: 'from a to b' })
    expect(await stream.until(() => stream.records.length > 0)).toBe(true)
    expect(stream.records).toMatchObject([{ id: body.id, message: 'from a to b' }])
    await stream.stop()
    const onA = await reader.call('GET', '/chat/messages')
    expect(onA.body.messages).toMatchObject([{ id: body.id }])
    expect((await reader.at(b).call('GET', '/chat/messages')).body).toEqual(onA.body)
    const after = `/chat/messages?after=${encodeURIComponent(String(onA.body.next))}`
    expect((await reader.at(b).call('GET', after)).body).toMatchObject({ messages: [] })
  })

  test('logout on one ends the stream and the calls on the other within two seconds', async () => {
    const here = await signUp(a, 'carla')
    const there = await here.signInAgain()
    const ending = await watchStream(here, [b])
    const staying = await watchStream(there, [b])
    expect(await here.call('POST', '/chat/auth/logout')).toMatchObject({ status: 200 })
    await eventually('the stream ends', seenWithinMs, () =>
      ending.events.some(({ event, data }) => event === 'end' && data.code === 'token_invalid'),
    )
    expect(await here.at(b).call('GET', '/chat/messages')).toMatchObject({
      status: 401,
      code: 'token_invalid',
    })
    expect(await there.at(b).call('GET', '/chat/messages')).toMatchObject({ status: 200 })
    expect(staying.events.map(({ event }) => event)).toEqual(['ready'])
    await staying.stop()
  })

  test('a password change on one ends the other sessions on the other, and only those', async () => {
    const here = await signUp(a, 'dora')
    const there = await here.signInAgain()
    const ending = await watchStream(there, [b])
    const staying = await watchStream(here, [b])
    const change = { password: here.password, new_password: 'quite another password' }
    expect(await here.call('POST', '/chat/auth/password', change)).toMatchObject({ status: 200 })
    await eventually('the stream ends', seenWithinMs, () =>
      ending.events.some(({ event }) => event === 'end'),
    )
    expect(await there.at(b).call('GET', '/chat/users')).toMatchObject({ code: 'token_invalid' })
    expect(await here.at(b).call('GET', '/chat/users')).toMatchObject({ status: 200 })
    await staying.stop()
    await expect(there.at(b).signInAgain()).rejects.toThrow('bad_credentials')
  })

  test('a removed account is gone on the other: stream, sign-in, mailbox, topic', async () => {
    const [leaving, writer] = [await signUp(a, 'emil'), await signUp(a, 'fritz')]
    await writer.at(b).call('POST', '/chat/emil', { message: 'before' })
    const stream = await watchStream(leaving, [b])
    const topics = () => withAdmin(cluster.kafka.address, (admin) => admin.listTopics())
    expect(await topics()).toContain(topicOf('emil'))
    const { password } = leaving
    expect(await leaving.call('DELETE', '/chat/auth/account', { password })).toMatchObject({
      status: 200,
    })
    await eventually('the stream ends', seenWithinMs, () =>
      stream.events.some(({ event }) => event === 'end'),
    )
    await eventually('the mailbox is closed', seenWithinMs, async () => {
      const { code } = await writer.at(b).call('POST', '/chat/emil', { message: 'after' })
      return code === 'no_such_user'
    })
    await expect(leaving.at(b).signInAgain()).rejects.toThrow('bad_credentials')
    // A node that had not heard of it may have made the topic anew for what was sent meanwhile: it goes again.
    await eventually('the topic is gone', 30_000, async () => {
      return !(await topics()).includes(topicOf('emil'))
    })
  })

  test('a presence set on one is seen on the other within two seconds, in lists and on streams', async () => {
    const [gerd, hanna] = [await signUp(a, 'gerd'), await signUp(b, 'hanna')]
    await makeContacts(gerd, hanna)
    const stream = await watchStream(hanna, [b])
    const say = (status: string, text?: string) =>
      gerd.call('POST', '/chat/presence/gerd', { status, ...(text && { text }) })
    expect(await say('busy', 'in a meeting')).toMatchObject({ status: 200 })
    await eventually('the stream tells it', seenWithinMs, () =>
      stream.events.some(({ event, data }) => event === 'presence' && data.state === 'busy'),
    )
    expect(await presenceOf('gerd', hanna)).toMatchObject({
      online: true,
      state: 'busy',
      text: 'in a meeting',
    })
    await say('offline')
    await eventually('the stream tells it', seenWithinMs, () =>
      stream.events.some(({ event, data }) => event === 'presence' && data.state === 'offline'),
    )
    expect(await presenceOf('gerd', hanna)).toMatchObject({ online: false, state: 'offline' })
    await stream.stop()
  })

  test('a status holds by signs of life on any node, and 90 s after the last it does so on none', async () => {
    const [ida, jan] = [await signUp(a, 'ida'), await signUp(a, 'jan')]
    await ida.call('POST', '/chat/presence/ida', { status: 'away' })
    // A third node, where it is later: nothing but its clock tells it that the 90 s are over.
    const aheadMs = limits.presenceHoldMs + 10_000
    const later = await startServer({
      ...cluster.env,
      NODE_OPTIONS: `--import="data:text/javascript,const now=Date.now;Date.now=()=>now()+${aheadMs}"`,
    })
    const seenLater = async () => {
      const target = '/chat/users?prefix=ida'
      const proof = { method: 'GET', target, mediaType: '', body: Buffer.alloc(0) }
      const authorization = signRequest({ ...jan, ...proof, now: Date.now() + aheadMs })
      const { body } = await send(later.url, 'GET', target, undefined, { authorization })
      return Object(body.users)[0]
    }
    expect(await seenLater()).toMatchObject({ online: false, state: 'offline', text: null })
    expect(await presenceOf('ida', jan.at(b))).toMatchObject({ online: true, state: 'away' })
    const before = (await presenceOf('ida', jan.at(b))).last_seen
    await ida.at(b).call('GET', '/chat/users')
    await eventually('the other node knows of the call', seenWithinMs, async () => {
      const { last_seen } = await presenceOf('ida', jan)
      return String(last_seen) > String(before)
    })
    expect(await presenceOf('ida', jan)).toMatchObject({ state: 'away' })
    await later.stop()
  })

  test('a call replayed to the other node changes no account and repeats a message only under its id', async () => {
    const [karl, lena] = [await signUp(a, 'karl'), await signUp(a, 'lena')]
    const replay = (method: string, target: string, body: unknown) => {
      const authorization = karl.authorization(method, target, body)
      return (url: string) => send(url, method, target, body, { authorization })
    }
    const message = replay('POST', '/chat/lena', { message: 'only once' })
    const first = await message(a)
    expect(await message(a)).toMatchObject({ status: 401, code: 'token_replayed' })
    const second = await message(b)
    expect([first.status, second.status]).toEqual([200, 200])
    expect(second.body.id).toBe(first.body.id)
    const { password } = karl
    const there = replay('POST', '/chat/auth/password', { password, new_password: 'for a while' })
    expect(await there(a)).toMatchObject({ status: 200 })
    const back = { password: 'for a while', new_password: password }
    expect(await karl.call('POST', '/chat/auth/password', back)).toMatchObject({ status: 200 })
    expect(await there(b)).toMatchObject({ status: 401, code: 'token_replayed' })
    expect(await karl.at(b).signInAgain()).toMatchObject({ name: 'karl' })
    expect((await lena.at(b).call('GET', '/chat/messages')).body.messages).toHaveLength(2)
  })

  test('the CLI talks through a balancer that knows nothing', async () => {
    const balancer = await startBalancer(cluster.urls)
    const server = { url: balancer.url }
    const [mia, nico] = [await makePerson(server, 'mia'), await makePerson(server, 'nico')]
    const listening = startCli(nico, ['listen', '--json'])
    await cliJson(mia, ['send', 'nico', 'through the balancer'])
    await listening.until(/through the balancer/)
    await cliJson(nico, ['send', 'mia', 'and back'])
    expect(await cliJson(mia, ['messages', 'nico'])).toMatchObject({
      messages: [{ text: 'through the balancer' }, { text: 'and back' }],
    })
    expect(await runCli(nico, ['logout'])).toMatchObject({ code: 0 })
    expect(await listening.finished).toMatchObject({ code: 4 })
    for (const count of balancer.counts) expect(count).toBeGreaterThan(0)
    await balancer.close()
  })
})

async function presenceOf(name: string, by: Account): Promise<Record<string, unknown>> {
  const { body } = await by.call('GET', `/chat/users?prefix=${name}`)
  return Object(body.users)[0]
}

/** By a key exchange whose content nobody opens: the server reads no further than its header. */
async function makeContacts(from: Account, to: Account): Promise<void> {
  const header = { alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWS', kid: to.fingerprint }
  const parts = [
    Buffer.from(JSON.stringify(header)),
    ...[256, 12, 32, 16].map((n) => Buffer.alloc(n, 1)),
  ]
  const encrypted_key = parts.map((part) => part.toString('base64url')).join('.')
  const { status } = await from.call('POST', `/chat/${to.name}/keyexchange`, { encrypted_key })
  expect(status).toBe(200)
}
